"""Histories of tickets as the clocks read them: as many queries for one ticket as for many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from accounts.roles import STAFF_ROLES
from core.models import Event, subject_kind
from incidents.clocks.history import Held, History, Said
from incidents.clocks.reckoning import Stretch
from incidents.clocks.rules import Target
from incidents.events import TICKET_ASSIGNED
from incidents.models import Message, StatusInterval, Ticket


def read_histories(
    tickets: Sequence[Ticket], targets: Collection[Target] = frozenset(Target)
) -> dict[int, History]:
    """Each ticket's history by its key, as far as these targets need it.

    Facts of the ticket itself are taken from the records given, which may not be written yet.
    """
    keys = [ticket.pk for ticket in tickets]
    stretches = _stretches(keys)
    said = _said(tickets) if Target.NEXT_RESPONSE in targets else {}
    held = _held(tickets) if Target.OWNERSHIP in targets else {}
    return {
        ticket.pk: History(
            opened_at=ticket.created_at,
            stretches=tuple(stretches[ticket.pk]),
            answered_at=ticket.first_response_at,
            said=tuple(said.get(ticket.pk, ())),
            held=tuple(held.get(ticket.pk, ())),
        )
        for ticket in tickets
    }


def new_history(ticket: Ticket, at: datetime) -> History:
    """The history of a ticket that begins now."""
    held = () if ticket.team_id is None else (Held(ticket.team_id, at, None),)
    first = Stretch(ticket.state_category, at, None, "", ticket.state)
    return History(opened_at=at, stretches=(first,), held=held)


def _stretches(keys: Sequence[int]) -> dict[int, list[Stretch]]:
    rows = StatusInterval.objects.filter(ticket_id__in=keys).order_by("started_at", "id")
    found: dict[int, list[Stretch]] = defaultdict(list)
    for ticket, category, start, end, reason, state in rows.values_list(
        "ticket_id", "category", "started_at", "ended_at", "reason", "state"
    ):
        found[ticket].append(Stretch(category, start, end, reason, state))
    return found


def _said(tickets: Sequence[Ticket]) -> dict[int, list[Said]]:
    """Public words of people; what the system says by itself answers nobody."""
    requesters = {ticket.pk: ticket.requester_id for ticket in tickets}
    rows = Message.objects.filter(
        ticket_id__in=list(requesters), kind=Message.Kind.PUBLIC, author__isnull=False
    ).order_by("created_at", "id")
    found: dict[int, list[Said]] = defaultdict(list)
    for ticket, at, author, roles in rows.values_list(
        "ticket_id", "created_at", "author_id", "author__roles"
    ):
        by_desk = author != requesters[ticket] and not STAFF_ROLES.isdisjoint(roles)
        found[ticket].append(Said(at, by_desk))
    return found


def _held(tickets: Sequence[Ticket]) -> dict[int, list[Held]]:
    """Which team had it when, from the assignments that were recorded."""
    events = Event.objects.filter(
        name=TICKET_ASSIGNED.name,
        subject_kind=subject_kind(Ticket()),
        subject_id__in=[ticket.pk for ticket in tickets],
    ).order_by("at", "id")
    moves: dict[int, list[tuple[datetime, int | None, int | None]]] = defaultdict(list)
    for key, at, payload in events.values_list("subject_id", "at", "payload"):
        before, after = payload.get("previous_team_id"), payload.get("team_id")
        if before != after:
            moves[key].append((at, before, after))
    return {ticket.pk: list(ownerships(ticket, moves[ticket.pk])) for ticket in tickets}


Move = tuple[datetime, int | None, int | None]


def ownerships(ticket: Ticket, moves: Sequence[Move]) -> Iterable[Held]:
    """Which team had it when, from (when, team before, team after) of each change of team."""
    team = moves[0][1] if moves else ticket.team_id
    since = ticket.created_at
    for at, _, after in moves:
        if team is not None:
            yield Held(team, since, max(at, since))
        team, since = after, max(at, since)
    if team is not None:
        yield Held(team, since, None)
