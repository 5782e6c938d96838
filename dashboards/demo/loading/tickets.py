"""Writes the planned tickets in bulk: exactly the rows their actions would have left behind.

Events are written without deliveries: what follows from them is history too, nobody is to be told
again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from core.models import Event
from dashboards.demo.loading.clocks import plan_clocks
from dashboards.demo.loading.directory import Directory
from dashboards.demo.loading.numbers import start_numbers_at
from dashboards.demo.planned import PlannedFact, PlannedTicket
from dashboards.models import DemoTruth
from incidents.models import (
    Channel,
    Message,
    StatusInterval,
    Ticket,
    TicketClock,
    TouchInterval,
)
from incidents.models.ticket import priority_of
from incidents.search_index import index_tickets

_BATCH = 1000
_FIRST_NUMBER = 17_000
Progress = Callable[[str, int, int], None]


def load_tickets(
    planned: Sequence[PlannedTicket], directory: Directory, now: datetime, progress: Progress
) -> dict[str, Ticket]:
    """Every planned ticket with its conversation, clocks, words and truth, by its key."""
    if not Ticket.objects.exists():
        start_numbers_at("incidents_ticket", _FIRST_NUMBER)
    rows = [_ticket(one, directory) for one in planned]
    clocks = plan_clocks(zip(planned, rows, strict=True), directory, now)
    Ticket.objects.bulk_create(rows, batch_size=_BATCH)
    TicketClock.objects.bulk_create(clocks, batch_size=_BATCH)
    progress("tickets", len(rows), len(rows))
    pairs = list(zip(planned, rows, strict=True))
    messages = _load_messages(pairs, directory)
    progress("messages", len(messages), len(messages))
    StatusInterval.objects.bulk_create(_intervals(pairs, directory), batch_size=_BATCH)
    TouchInterval.objects.bulk_create(_touches(pairs, directory), batch_size=_BATCH)
    progress("intervals", len(rows), len(rows))
    Event.objects.bulk_create(_events(pairs, messages, directory), batch_size=_BATCH)
    progress("events", len(rows), len(rows))
    DemoTruth.objects.bulk_create(
        DemoTruth(ticket=row, cause=one.cause) for one, row in pairs if one.cause
    )
    for start in range(0, len(rows), _BATCH):
        index_tickets([row.pk for row in rows[start : start + _BATCH]])
        progress("search words", min(start + _BATCH, len(rows)), len(rows))
    return {one.key: row for one, row in pairs}


def _ticket(one: PlannedTicket, directory: Directory) -> Ticket:
    component = directory.components[one.component]
    priority = priority_of(one.impact, one.urgency)
    return Ticket(
        kind=one.kind,
        title=one.title[:250],
        description=one.body,
        requester=directory.people[one.requester],
        organisation=directory.organisations[one.organisation],
        channel=one.channel,
        service=component.service,
        component=component,
        category=one.category,
        impact=one.impact,
        urgency=one.urgency,
        priority=priority,
        team=directory.teams[one.team],
        assignee=directory.people[one.assignee] if one.assignee else None,
        state=one.state,
        state_category=one.state_category,
        pending_reason=one.pending_reason,
        version_seen=one.version_seen,
        resolution_code=one.resolution_code,
        resolution_text=one.resolution_text,
        csat_score=one.csat_score,
        csat_comment=one.csat_comment,
        csat_at=one.csat_at,
        created_by=directory.people[one.created_by],
        created_at=one.created_at,
        updated_at=one.updated_at,
        assigned_at=one.assigned_at,
        first_response_at=one.first_response_at,
        resolved_at=one.resolved_at,
        closed_at=one.closed_at,
        reassignment_count=one.reassignment_count,
        reopen_count=one.reopen_count,
        first_contact_resolution=one.first_contact_resolution,
        version=max(1, len(one.facts)),
    )


_Pairs = Sequence[tuple[PlannedTicket, Ticket]]


def _load_messages(pairs: _Pairs, directory: Directory) -> dict[tuple[str, int], Message]:
    """All messages in the order they were written, so that their ids follow time."""
    written = sorted(
        (
            (said.at, one.key, position, said, row)
            for one, row in pairs
            for position, said in enumerate(one.messages)
        ),
        key=lambda item: item[:3],
    )
    rows = [
        Message(
            ticket=row,
            author=directory.people[said.author],
            kind=said.kind,
            body=said.body,
            channel=said.channel,
            created_at=at,
        )
        for at, _, _, said, row in written
    ]
    Message.objects.bulk_create(rows, batch_size=_BATCH)
    return {
        (key, position): row for (_, key, position, _, _), row in zip(written, rows, strict=True)
    }


def _intervals(pairs: _Pairs, directory: Directory) -> Iterator[StatusInterval]:
    for one, row in pairs:
        for part in one.intervals:
            yield StatusInterval(
                ticket=row,
                state=part.state,
                category=part.category,
                reason=part.reason,
                started_at=part.started_at,
                ended_at=part.ended_at,
                actor=directory.people[part.actor],
            )


def _touches(pairs: _Pairs, directory: Directory) -> Iterator[TouchInterval]:
    for one, row in pairs:
        for part in one.touches:
            yield TouchInterval(
                ticket=row,
                person=directory.people[part.person],
                started_at=part.started_at,
                ended_at=part.ended_at,
            )


def _events(
    pairs: _Pairs, messages: dict[tuple[str, int], Message], directory: Directory
) -> list[Event]:
    told = sorted(
        (
            (fact.at, one.key, position, fact, row)
            for one, row in pairs
            for position, fact in enumerate(one.facts)
        ),
        key=lambda item: item[:3],
    )
    return [
        Event(
            name=fact.name,
            at=at,
            actor=directory.people[fact.actor],
            subject_kind="incidents.ticket",
            subject_id=row.pk,
            payload=_payload(fact, key, messages, directory),
        )
        for at, key, _, fact, row in told
    ]


def _payload(
    fact: PlannedFact,
    key: str,
    messages: dict[tuple[str, int], Message],
    directory: Directory,
) -> dict[str, str | int | bool | None]:
    """The plan's payload with ids in the place of addresses and keys."""
    payload = dict(fact.payload)
    if fact.message >= 0:
        payload["message_id"] = messages[key, fact.message].pk
    if "channel" in payload:
        payload["channel"] = Channel(str(payload["channel"])).label
    for field in ("assignee_id", "previous_assignee_id"):
        if field in payload:
            person = directory.people.get(str(payload[field]))
            payload[field] = person.pk if person else None
    for field in ("team_id", "previous_team_id"):
        if field in payload:
            team = directory.teams.get(str(payload[field]))
            payload[field] = team.pk if team else None
    return payload
