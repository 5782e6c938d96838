"""What a cause has cost so far: tickets, people, hours and missed targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, Sum
from django.utils import timezone

from incidents.effort import measured_minutes, usual_minutes
from incidents.models.ticket import TicketQuerySet
from problems.facts import TicketFact, affected_people, read_facts, tickets_of
from problems.models import Problem

Moment = tuple[str, datetime]


@dataclass(frozen=True)
class Cost:
    """Sums over tickets; `minutes` is the time people had them open, as measured."""

    tickets: int
    people: int
    organisations: int
    breaches: int
    minutes: int


def cost_of(tickets: TicketQuerySet) -> Cost:
    """What these tickets have cost. Two queries."""
    late = Q(resolved_at__gt=F("resolution_due_at")) | Q(
        resolved_at__isnull=True, resolution_due_at__lt=timezone.now()
    )
    counted = tickets.order_by().aggregate(
        tickets=Count("pk"),
        people=Count("requester", distinct=True),
        organisations=Count("organisation", distinct=True),
        breaches=Count("pk", filter=late),
    )
    spent = tickets.order_by().aggregate(
        spent=Sum(
            ExpressionWrapper(
                F("touches__ended_at") - F("touches__started_at"), output_field=DurationField()
            )
        )
    )["spent"]
    minutes = 0 if spent is None else round(spent.total_seconds() / 60)
    return Cost(minutes=minutes, **counted)


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


def cost_lines(problem: Problem, moments: Sequence[Moment], *, now: datetime) -> list[CostLine]:
    """What the cause has cost since it was first seen, was confirmed, and since `moments`.

    Counts the tickets linked to the problem and those of its cluster; people are requesters and
    affected users. The earliest line comes first; nothing while there is no ticket. Four queries.
    """
    rows = read_facts(tickets_of(problem.cluster, problem), until=now)
    if not rows:
        return []
    ids = [row.id for row in rows]
    affected = affected_people(ids)
    spent = measured_minutes(ids, until=now)
    usual = usual_minutes(now)
    since = [("first seen", rows[0].created_at)]
    if problem.confirmed_at is not None:
        since.append(("confirmed", problem.confirmed_at))
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
