"""Replaying the log against a rule: as the conditions can be known afterwards, and no better.

State, priority, team and assignee are taken as they were at that moment: the log and the intervals
remember them. Every other condition looks at the ticket as it is today.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from accounts.models import Person
from core.models import Event
from incidents.events import TICKET_ASSIGNED, TICKET_EDITED
from incidents.models import StatusInterval, Ticket
from incidents.selecting import NOBODY, categories_of, select_tickets
from rules.activators import BY_KEY
from rules.models import DryRun, RuleVersion
from rules.moments import OCCURRENCE, with_moment

SHARE = 500
REMEMBERED = ("state", "priority", "team", "assignee")


@dataclass(frozen=True)
class Found:
    """A ticket the rule would have acted on, and what would have set it off."""

    ticket_id: int
    at: datetime
    event_id: int | None = None


def replay(run: DryRun) -> Iterator[tuple[int, int, list[Found]]]:
    """(how many were looked at, of how many, what was found) share by share."""
    moments = _facts(run) if run.version.activator in BY_KEY else _moments(run)
    total, shares = moments
    done = 0
    yield done, total, []
    for share in shares:
        done += len(share)
        yield min(done, total), total, _fitting(run, share)
    yield total, total, []


def _facts(run: DryRun) -> tuple[int, Iterator[list[Found]]]:
    """Facts of the log that would have set the rule off."""
    activator = BY_KEY[run.version.activator]
    facts = Event.objects.filter(
        name__in=[kind.name for kind in activator.kinds],
        subject_kind=Ticket._meta.label_lower,
        at__gte=run.since,
        at__lt=run.until,
    )

    def shares() -> Iterator[list[Found]]:
        last = 0
        while share := list(
            facts.filter(pk__gt=last).select_related("actor").order_by("pk")[:SHARE]
        ):
            last = share[-1].pk
            tickets = _visible(run.requested_by, [event.subject_id for event in share])
            yield [
                Found(event.subject_id, event.at, event.pk)
                for event in share
                if event.subject_id in tickets and activator.fits(event, tickets[event.subject_id])
            ]

    return facts.count(), shares()


def _moments(run: DryRun) -> tuple[int, Iterator[list[Found]]]:
    """Moments that came, counted from what the tickets say today."""
    visible = Ticket.objects.visible_to(run.requested_by)
    rows = with_moment(visible, run.version, run.since, run.until)

    def shares() -> Iterator[list[Found]]:
        last = 0
        while share := list(
            rows.filter(pk__gt=last).order_by("pk").values_list("pk", OCCURRENCE)[:SHARE]
        ):
            last = share[-1][0]
            yield [Found(pk, occurrence) for pk, occurrence in share]

    return rows.count(), shares()


def _visible(person: Person, ids: Sequence[int]) -> dict[int, Ticket]:
    # What activators look at, and no more: a log holds many facts.
    return Ticket.objects.visible_to(person).only("requester_id").in_bulk(ids)


def _fitting(run: DryRun, share: list[Found]) -> list[Found]:
    """Those of the share for which the conditions held, as far as that can be known."""
    queries = run.version.conditions
    if not queries or not share:
        return share
    past = _Past([one.ticket_id for one in share])
    answers = [_answers(run.requested_by, query, share, past) for query in queries]
    every = any if run.version.match == RuleVersion.Match.ANY else all
    return [one for one in share if every(one in answer for answer in answers)]


def _answers(person: Person, query: str, share: list[Found], past: "_Past") -> set[Found]:
    asked = QueryDict(query)
    kept = [
        (name, value)
        for name, values in asked.lists()
        for value in values
        if value and not (name in REMEMBERED and _plain(name, asked.getlist(name)))
    ]
    today = select_tickets(person, urlencode(kept)).order_by()
    ids = set(today.filter(pk__in=[one.ticket_id for one in share]).values_list("pk", flat=True))
    then = {
        name: asked.getlist(name)
        for name in REMEMBERED
        if any(asked.getlist(name)) and _plain(name, asked.getlist(name))
    }
    return {
        one
        for one in share
        if one.ticket_id in ids
        and all(past.held(name, values, one) for name, values in then.items())
    }


def _plain(name: str, values: list[str]) -> bool:
    """True for values that the past is remembered of: single words and numbers."""
    if name == "state":
        return all(categories_of(value) is not None for value in values if value)
    return all(value.isdecimal() or value == NOBODY for value in values if value)


class _Past:
    """State, priority, team and assignee of some tickets at any time; three statements."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.tickets = Ticket.objects.only("priority", "team_id", "assignee_id").in_bulk(ids)
        self.intervals: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
        rows = StatusInterval.objects.filter(ticket__in=self.tickets).order_by("started_at", "pk")
        for ticket_id, start, category in rows.values_list("ticket_id", "started_at", "category"):
            self.intervals[ticket_id].append((start, category))
        # What a field was before each change, the oldest change first.
        self.before: dict[tuple[int, str], list[tuple[datetime, str]]] = defaultdict(list)
        names = [TICKET_EDITED.name, TICKET_ASSIGNED.name]
        facts = Event.objects.filter(
            subject_kind=Ticket._meta.label_lower,
            subject_id__in=self.tickets.keys(),
            name__in=names,
        )
        for event in facts.order_by("pk"):
            for name, value in _earlier(event).items():
                self.before[event.subject_id, name].append((event.at, value))

    def held(self, name: str, values: Sequence[str], one: Found) -> bool:
        """True when the condition held for the ticket at that time."""
        if name == "state":
            categories = [part for value in values if value for part in categories_of(value) or ()]
            return not categories or self._category(one) in categories
        value = self._value(name, one)
        return value in values or (not value and NOBODY in values)

    def _category(self, one: Found) -> str:
        """The state's category just after the fact."""
        found = ""
        for start, category in self.intervals[one.ticket_id]:
            if start <= one.at or not found:
                found = category
        return found

    def _value(self, name: str, one: Found) -> str:
        """A field just after the fact: what the next change found, or what it is today."""
        for changed_at, before in self.before[one.ticket_id, name]:
            if changed_at > one.at:
                return before
        ticket = self.tickets[one.ticket_id]
        now = ticket.priority if name == "priority" else getattr(ticket, f"{name}_id")
        return "" if now is None else str(now)


def _earlier(event: Event) -> dict[str, str]:
    """What this change found there, of the fields whose past is read."""
    payload: dict[str, Any] = event.payload
    if event.name == TICKET_EDITED.name:
        changes = payload.get("changes", {})
        return {"priority": changes["priority"][0]} if "priority" in changes else {}
    found = {"assignee": "previous_assignee_id", "team": "previous_team_id"}
    return {
        name: "" if payload.get(key) is None else str(payload[key]) for name, key in found.items()
    }
