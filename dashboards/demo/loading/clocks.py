"""The clocks of the planned tickets, reckoned from their planned histories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from dashboards.demo.loading.directory import Directory
from dashboards.demo.planned import PlannedTicket
from incidents.actions import begin_clocks
from incidents.agreements import policies_now
from incidents.clocks.history import History, Said
from incidents.clocks.reckoning import Stretch
from incidents.histories import Move, ownerships
from incidents.models import Message, Ticket, TicketClock


def plan_clocks(
    pairs: Iterable[tuple[PlannedTicket, Ticket]], directory: Directory, now: datetime
) -> list[TicketClock]:
    """Every clock of unwritten tickets, whose due times are set; what has passed has been told."""
    policies = policies_now()
    return [
        clock
        for one, ticket in pairs
        for clock in begin_clocks(
            ticket, _history(one, ticket, directory), now, policies=policies, told=True
        )
    ]


def _history(one: PlannedTicket, ticket: Ticket, directory: Directory) -> History:
    return History(
        opened_at=one.created_at,
        stretches=tuple(
            Stretch(part.category, part.started_at, part.ended_at, part.reason, part.state)
            for part in one.intervals
        ),
        answered_at=one.first_response_at,
        said=tuple(_said(one, directory)),
        held=tuple(ownerships(ticket, list(_moves(one, directory)))),
    )


def _said(one: PlannedTicket, directory: Directory) -> Iterator[Said]:
    for said in one.messages:
        if said.kind == Message.Kind.PUBLIC:
            author = directory.people[said.author]
            yield Said(said.at, author.is_staff_member and said.author != one.requester)


def _moves(one: PlannedTicket, directory: Directory) -> Iterator[Move]:
    for fact in one.facts:
        if "team_id" in fact.payload:
            before = directory.teams.get(str(fact.payload["previous_team_id"]))
            after = directory.teams.get(str(fact.payload["team_id"]))
            if before != after:
                yield fact.at, before.pk if before else None, after.pk if after else None
