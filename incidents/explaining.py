"""Why a target is due when it is: every segment of each clock, in the reader's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Person
from core.wording import clock_words
from incidents.agreements import calendar_of, rules_of
from incidents.clocks.reckoning import (
    Segment,
    SegmentKind,
    Stretch,
    consumed,
    course,
    explain,
    percent,
)
from incidents.clocks.rules import Target
from incidents.histories import read_histories
from incidents.models import Ticket, TicketClock
from incidents.wording import requester_state
from incidents.workflow import PENDING_REASONS, WORKFLOWS

_REASONS = dict(PENDING_REASONS)
_ORDER = [target.value for target in Target]

# (word, icon, tone) of a clock.
STANDINGS = {
    "running": ("Running", "play", "info"),
    "paused": ("Paused", "pause", "grey"),
    "over": ("Over", "triangle-alert", "red"),
    "met": ("Met", "circle-check", "green"),
    "missed": ("Missed", "circle-x", "red"),
    "dropped": ("Ended early", "circle-slash", "grey"),
}
SEGMENT_ICONS = {
    SegmentKind.RUNNING: "play",
    SegmentKind.OUTSIDE_HOURS: "moon",
    SegmentKind.PAUSED: "pause",
    SegmentKind.RESOLVED_GAP: "rotate-ccw",
}
_LABELS = {
    "first_response": ("First response", "Our first answer"),
    "next_response": ("Next response", "Our answer to your message"),
    "resolution": ("Resolution", "Solving it"),
    "ownership": ("Time with a team", ""),
}


@dataclass(frozen=True)
class Standing:
    """How a clock stands, in a word, an icon, a tone and the time left or over."""

    name: str
    word: str
    icon: str
    tone: str
    text: str


def standing_of(clock: TicketClock, now: datetime) -> Standing:
    """How the clock stands now."""
    late = clock.due_at is not None and clock.due_at < now
    name = "over" if clock.is_going and late else clock.state
    word, icon, tone = STANDINGS[name]
    text = word.lower()
    if clock.due_at is not None and clock.is_going:
        seconds = (clock.due_at - now).total_seconds()
        text = f"over by {clock_words(-seconds)}" if late else f"{clock_words(seconds)} left"
    return Standing(name, word, icon, tone, text)


def label_for(person: Person, clock: TicketClock) -> str:
    """What the target is called for this reader."""
    ours, theirs = _LABELS[clock.target]
    if not person.is_staff_member:
        return theirs
    return f"{ours} {clock.team}" if clock.team else ours


@dataclass(frozen=True)
class ExplainedSegment:
    """A segment with why it counted or did not; `used` is the time consumed by its end."""

    segment: Segment
    why: str
    icon: str

    @property
    def counts(self) -> bool:
        return self.segment.kind == SegmentKind.RUNNING


@dataclass(frozen=True)
class ExplainedClock:
    """A clock with its standing, what is used of it, and every segment."""

    clock: TicketClock
    label: str
    standing: Standing
    used: timedelta
    percent: int
    segments: list[ExplainedSegment]

    @property
    def amount(self) -> timedelta:
        return timedelta(minutes=self.clock.minutes)

    @property
    def left(self) -> timedelta:
        """Working time left; negative when it is over."""
        return self.amount - self.used

    @property
    def calendar(self) -> str:
        version = self.clock.calendar_version
        return f"{version.calendar} (version {version.number}, {version.zone})"

    @property
    def zone(self) -> str:
        """The time zone the hours are said in."""
        return self.clock.calendar_version.zone

    @property
    def policy(self) -> str:
        version = self.clock.policy_version
        return f"{version.policy} (version {version.number})"


def clocks_for(person: Person, ticket: Ticket) -> list[TicketClock]:
    """The ticket's clocks this person may see, in the order of the targets. One query."""
    rows = TicketClock.objects.visible_to(person).filter(ticket=ticket)
    found = rows.select_related("team", "policy_version__policy", "calendar_version__calendar")
    return sorted(found, key=lambda one: (_ORDER.index(one.target), one.number, one.started_at))


def explain_ticket(person: Person, ticket: Ticket, now: datetime) -> list[ExplainedClock]:
    """Why each of the ticket's targets is due then. Two queries."""
    clocks = clocks_for(person, ticket)
    history = read_histories([ticket], frozenset())[ticket.pk]
    return [_explained(person, ticket, clock, history.stretches, now) for clock in clocks]


def _explained(
    person: Person, ticket: Ticket, clock: TicketClock, stretches: Sequence[Stretch], now: datetime
) -> ExplainedClock:
    calendar = calendar_of(clock.calendar_version)
    parts = course(
        stretches,
        rules_of(clock.policy_version),
        Target(clock.target),
        start=clock.started_at,
        stop=clock.stopped_at,
    )
    used = consumed(parts, calendar, now)
    return ExplainedClock(
        clock=clock,
        label=label_for(person, clock),
        standing=standing_of(clock, now),
        used=used,
        percent=percent(used, timedelta(minutes=clock.minutes)),
        segments=[
            ExplainedSegment(one, _why(person, ticket, one), SEGMENT_ICONS[one.kind])
            for one in explain(parts, calendar, now=now, due=clock.due_at)
        ],
    )


def _why(person: Person, ticket: Ticket, segment: Segment) -> str:
    if segment.kind == SegmentKind.OUTSIDE_HOURS:
        return "Outside working hours"
    if segment.kind == SegmentKind.RESOLVED_GAP:
        if segment.state == "merged":
            return "Merged, until the merge was undone"
        return "Resolved, until it was reopened"
    staff = person.is_staff_member
    if segment.kind == SegmentKind.RUNNING:
        return "Running" if staff else "We work on it"
    if not staff:
        return requester_state(segment.state, segment.reason)
    label = WORKFLOWS[ticket.kind].label(segment.state)
    return f"Paused: {_REASONS.get(segment.reason, label).lower()}"
