"""What a cause has cost so far: tickets, people, hours and missed targets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.http import HttpRequest
from django.utils import timezone

from core.boxes import gather
from incidents.effort import measured_minutes, usual_minutes
from problems.facts import TicketFact, affected_people, read_facts, tickets_of
from problems.models import Cluster, Problem

Moment = tuple[str, datetime]


@dataclass(frozen=True)
class CostLine:
    """What came in since one moment. `estimated` when some minutes are the usual handling time."""

    label: str
    since: datetime
    tickets: int
    people: int
    organisations: int
    minutes: float
    breaches: int
    estimated: bool


def costs_of(request: HttpRequest, record: Problem | Cluster) -> list[CostLine]:
    """What a cause has cost since each moment that this app and those above know.

    Apps above add theirs by a panel of the slot "moments", whose context has `moments`.
    """
    moments: list[Moment] = []
    for made in gather(request, record, "moments"):
        moments += cast("Iterable[Moment]", made.context["moments"])
    return cost_lines(record, moments, now=timezone.now())


def cost_lines(
    record: Problem | Cluster, moments: Sequence[Moment], *, now: datetime
) -> list[CostLine]:
    """What a cause has cost since it was first seen, was confirmed, and since `moments`.

    Counts the tickets linked to a problem and those of its cluster, or the members of a cluster
    alone; people are requesters and affected users. The earliest line comes first; nothing while
    there is no ticket. Four queries.
    """
    tickets = (
        tickets_of(record.cluster, record)
        if isinstance(record, Problem)
        else tickets_of(record, None)
    )
    rows = read_facts(tickets, until=now)
    if not rows:
        return []
    ids = [row.id for row in rows]
    affected = affected_people(ids)
    spent = measured_minutes(ids, until=now)
    usual = usual_minutes(now)
    since = [("first seen", rows[0].created_at)]
    if record.confirmed_at is not None:
        since.append(("confirmed", record.confirmed_at))
    lines = []
    for label, moment in sorted([*since, *moments], key=lambda one: one[1]):
        after = [row for row in rows if row.created_at >= moment]
        people = {row.requester_id for row in after}
        for row in after:
            people |= affected.get(row.id, set())
        lines.append(
            CostLine(
                label=label,
                since=moment,
                tickets=len(after),
                people=len(people),
                organisations=len({row.organisation_id for row in after} - {None}),
                minutes=sum(_minutes(row, spent, usual) for row in after),
                breaches=sum(row.late(now) for row in after),
                estimated=any(row.id not in spent for row in after),
            )
        )
    return lines


def _minutes(row: TicketFact, spent: dict[int, float], usual: dict[int | None, float]) -> float:
    return spent.get(row.id, usual.get(row.component_id, usual.get(None, 0.0)))
