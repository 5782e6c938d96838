"""A few tickets of the demo that belong together: a parent with children, and a merged pair."""

from __future__ import annotations

from datetime import timedelta

from accounts.models import Person
from accounts.roles import Role
from dashboards.demo.loading.chronicle import World
from incidents.actions import link_tickets, merge_ticket
from incidents.models import RelationKind, Ticket
from problems.models import ProblemTicket

CHILDREN = 3
_LOOKED_AT = 400
_EARLIER = timedelta(hours=2)


def load_joins(world: World) -> None:
    """Links three open incidents of one component to a fourth, and merges one of a pair by one
    requester.
    """
    agent = Person.objects.with_role(Role.AGENT).order_by("pk").first()
    linked = ProblemTicket.objects.values("ticket_id")
    rows = Ticket.objects.open().incidents().exclude(pk__in=linked).order_by("-pk")
    free = list(rows[:_LOOKED_AT])
    at = world.plan.now - _EARLIER
    family = _alike(free, "component_id", CHILDREN + 1)
    if family:
        parent, *children = sorted(family, key=lambda one: one.pk)
        link_tickets(
            parent,
            actor=agent,
            kind=RelationKind.CHILD_OF,
            others=children,
            inverse=True,
            at=at,
        )
    pair = _alike([one for one in free if one not in family], "requester_id", 2)
    if pair:
        older, newer = sorted(pair, key=lambda one: one.pk)
        merge_ticket(newer, actor=agent, into=older, at=max(at, newer.updated_at))


def _alike(tickets: list[Ticket], name: str, how_many: int) -> list[Ticket]:
    """The newest tickets that have the same value; none where there are too few."""
    found: dict[int, list[Ticket]] = {}
    for one in tickets:
        value = getattr(one, name)
        if value is None:
            continue
        same = found.setdefault(value, [])
        same.append(one)
        if len(same) == how_many:
            return same
    return []
