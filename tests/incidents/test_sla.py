"""Clock arithmetic, held against its promises on any history."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DomainError
from incidents import actions
from incidents.models import StatusInterval, Ticket
from incidents.sla import Stretch, consumed, deadline, paused
from incidents.wording import clock
from tests.conftest import Cast
from tests.incidents.conftest import Opener

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CATEGORIES = [
    "open",
    "waiting_requester",
    "waiting_third_party",
    "waiting_development",
    "resolved",
    "closed",
]


def history(steps: list[tuple[str, int]], *, running: bool = True) -> list[Stretch]:
    """Stretches one after the other; the last one lasts when `running`."""
    stretches, start = [], AT
    for place, (category, minutes) in enumerate(steps):
        last = running and place == len(steps) - 1
        end = start + timedelta(minutes=minutes)
        stretches.append(Stretch(category, start, None if last else end))
        start = end
    return stretches


HISTORIES = st.lists(
    st.tuples(st.sampled_from(CATEGORIES), st.integers(0, 600)), min_size=1, max_size=12
)
# A busy machine draws slowly; that says nothing about the clocks.
ANYHOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TARGETS = st.integers(1, 2000).map(lambda minutes: timedelta(minutes=minutes))


def test_without_a_pause_the_deadline_is_the_target_after_the_start() -> None:
    assert deadline(history([("open", 0)]), timedelta(hours=4)) == AT + timedelta(hours=4)


def test_a_pause_moves_the_deadline_by_its_length() -> None:
    steps = [("open", 60), ("waiting_requester", 90), ("open", 0)]
    assert deadline(history(steps), timedelta(hours=4)) == AT + timedelta(hours=4, minutes=90)


def test_a_paused_clock_has_no_deadline_until_it_runs_again() -> None:
    steps = [("open", 60), ("waiting_development", 0)]
    assert deadline(history(steps), timedelta(hours=4)) is None


def test_a_target_missed_before_the_pause_stays_missed() -> None:
    steps = [("open", 300), ("waiting_development", 0)]
    assert deadline(history(steps), timedelta(hours=4)) == AT + timedelta(hours=4)


def test_time_between_resolving_and_reopening_does_not_count() -> None:
    steps = [("open", 60), ("resolved", 1000), ("open", 0)]
    assert deadline(history(steps), timedelta(hours=4)) == AT + timedelta(minutes=1000 + 240)


def test_a_resolved_ticket_keeps_the_deadline_it_can_be_compared_with() -> None:
    in_time = [("open", 60), ("waiting_requester", 30), ("resolved", 500), ("closed", 0)]
    assert deadline(history(in_time), timedelta(hours=4)) == AT + timedelta(minutes=90 + 180)
    late = [("open", 300), ("resolved", 0)]
    assert deadline(history(late), timedelta(hours=4)) == AT + timedelta(hours=4)


@ANYHOW
@given(HISTORIES, TARGETS)
def test_a_deadline_is_never_nearer_than_the_target(
    steps: list[tuple[str, int]], target: timedelta
) -> None:
    due = deadline(history(steps), target)
    assert due is None or due >= AT + target


@ANYHOW
@given(HISTORIES, TARGETS, st.integers(0, 11), st.integers(1, 600))
def test_a_longer_pause_never_brings_the_deadline_nearer(
    steps: list[tuple[str, int]], target: timedelta, place: int, more: int
) -> None:
    place %= len(steps)
    longer = [*steps[:place], ("waiting_requester", more), *steps[place:]]
    before, after = deadline(history(steps), target), deadline(history(longer), target)
    assert before is None or after is None or after >= before


@ANYHOW
@given(HISTORIES, TARGETS, st.integers(0, 11), st.integers(0, 600))
def test_splitting_a_stretch_changes_nothing(
    steps: list[tuple[str, int]], target: timedelta, place: int, first: int
) -> None:
    place %= len(steps)
    category, minutes = steps[place]
    parts = [(category, min(first, minutes)), (category, minutes - min(first, minutes))]
    split = [*steps[:place], *parts, *steps[place + 1 :]]
    assert deadline(history(split), target) == deadline(history(steps), target)


@ANYHOW
@given(HISTORIES)
def test_running_and_waiting_time_together_are_never_more_than_time(
    steps: list[tuple[str, int]],
) -> None:
    until = AT + timedelta(minutes=sum(minutes for _, minutes in steps))
    stretches = history(steps)
    assert consumed(stretches, until) + paused(stretches, until) <= until - AT


def test_the_stored_deadline_follows_every_step(opened: Opener, cast: Cast) -> None:
    ticket = opened(impact=1, urgency=1, at=AT)
    ticket = actions.put_ticket_on_hold(
        ticket, actor=cast.ann, reason="requester", at=AT + timedelta(minutes=10)
    )
    assert ticket.resolution_due_at is None
    assert ticket.first_response_due_at is None
    ticket = actions.start_ticket(ticket, actor=cast.ann, at=AT + timedelta(minutes=70))
    assert ticket.resolution_due_at == AT + timedelta(minutes=240 + 60)
    assert ticket.first_response_due_at == AT + timedelta(minutes=15 + 60)


def test_a_new_priority_keeps_the_time_already_used(opened: Opener, cast: Cast) -> None:
    ticket = opened(impact=2, urgency=2, at=AT)
    actions.put_ticket_on_hold(
        ticket, actor=cast.ann, reason="supplier", at=AT + timedelta(minutes=30)
    )
    ticket = actions.start_ticket(ticket, actor=cast.ann, at=AT + timedelta(minutes=90))
    ticket = actions.edit_ticket(
        ticket, actor=cast.ann, version=ticket.version, priority=1, at=AT + timedelta(minutes=91)
    )
    assert ticket.resolution_due_at == AT + timedelta(minutes=240 + 60)
    assert ticket.service_level.name == "P1"


def test_the_first_response_target_stays_once_it_was_answered(opened: Opener, cast: Cast) -> None:
    ticket = opened(impact=1, urgency=1, at=AT)
    actions.reply_to_ticket(ticket, actor=cast.ann, body="Hello", at=AT + timedelta(minutes=5))
    actions.put_ticket_on_hold(
        ticket, actor=cast.ann, reason="requester", at=AT + timedelta(minutes=6)
    )
    ticket.refresh_from_db()
    assert ticket.first_response_at == AT + timedelta(minutes=5)
    assert ticket.first_response_due_at == AT + timedelta(minutes=15)


def test_intervals_are_only_added_and_closed(opened: Opener, cast: Cast) -> None:
    ticket = opened(at=AT)
    kept: dict[int, tuple[object, ...]] = {}
    moves = [
        lambda at: actions.start_ticket(ticket, actor=cast.ann, at=at),
        lambda at: actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="change", at=at),
        lambda at: actions.hand_ticket_to_development(ticket, actor=cast.ann, at=at),
        lambda at: actions.return_ticket_to_desk(ticket, actor=cast.ann, at=at),
        lambda at: actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="x", at=at),
        lambda at: actions.reopen_ticket(ticket, actor=cast.ann, note="x", at=at),
        lambda at: actions.cancel_ticket(ticket, actor=cast.ann, at=at),
    ]
    for place, move in enumerate(moves):
        move(AT + timedelta(hours=place + 1))
        rows = StatusInterval.objects.filter(ticket=ticket)
        closed = rows.exclude(ended_at=None)
        now = {
            one.pk: (one.state, one.category, one.reason, one.started_at, one.ended_at, one.actor)
            for one in closed
        }
        assert kept.items() <= now.items()
        assert rows.count() == place + 2
        kept = now
    ends = [one.ended_at for one in StatusInterval.objects.filter(ticket=ticket)]
    starts = [one.started_at for one in StatusInterval.objects.filter(ticket=ticket)]
    assert ends[:-1] == starts[1:]


def test_a_clock_that_is_behind_makes_no_negative_time(opened: Opener, cast: Cast) -> None:
    ticket = opened(at=AT)
    actions.start_ticket(ticket, actor=cast.ann, at=AT - timedelta(seconds=3))
    first = StatusInterval.objects.filter(ticket=ticket).order_by("id").first()
    assert first is not None
    assert first.ended_at == first.started_at


@pytest.mark.parametrize(
    ("category", "minutes", "text", "tone"),
    [
        ("open", 130, "2:10", ""),
        ("open", 24, "breach in 0:24", "red"),
        ("open", -65, "late 1:05", "red"),
        ("waiting_requester", None, "paused", ""),
        ("open", None, "", ""),
        ("resolved", -65, "", ""),
    ],
)
def test_the_clock_is_said_in_words(
    category: str, minutes: int | None, text: str, tone: str
) -> None:
    due = None if minutes is None else AT + timedelta(minutes=minutes)
    shown = clock(category, due, AT)
    assert (shown.text, shown.tone) == (text, tone)


def test_touches_within_a_minute_are_one_stretch(ticket: Ticket, cast: Cast) -> None:
    def touch(start: int, end: int) -> None:
        actions.record_touch(
            ticket,
            actor=cast.ann,
            started_at=AT + timedelta(seconds=start),
            ended_at=AT + timedelta(seconds=end),
        )

    for start, end in ((0, 15), (15, 30), (80, 95), (200, 215), (205, 210)):
        touch(start, end)
    spans = [
        ((one.started_at - AT).seconds, (one.ended_at - AT).seconds) for one in ticket.touches.all()
    ]
    assert spans == [(0, 95), (200, 215)]


def test_touches_of_two_people_stay_apart(ticket: Ticket, cast: Cast) -> None:
    for person in (cast.ann, cast.pia):
        actions.record_touch(
            ticket, actor=person, started_at=AT, ended_at=AT + timedelta(seconds=15)
        )
    assert ticket.touches.count() == 2


def test_a_touch_is_short_and_runs_forward(ticket: Ticket, cast: Cast) -> None:
    for seconds in (-1, 9 * 3600):
        with pytest.raises(DomainError):
            actions.record_touch(
                ticket, actor=cast.ann, started_at=AT, ended_at=AT + timedelta(seconds=seconds)
            )
