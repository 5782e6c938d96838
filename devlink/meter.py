"""What not fixing a cause has cost since it was seen, confirmed, asked for and declined."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Q, QuerySet

from devlink.causes import tickets_of
from devlink.effort import measured_minutes, usual_minutes
from devlink.evidence.facts import TicketFact, affected_people, read_facts
from devlink.models import Ask
from incidents.models import Ticket
from problems.models import Cluster, Problem


@dataclass(frozen=True)
class Cost:
    """What came in since one moment. `estimated` when some minutes are the usual handling time."""

    label: str
    since: datetime
    tickets: int
    people: int
    minutes: float
    breaches: int
    estimated: bool


def cost_since_asked(problem: Problem, *, now: datetime) -> list[Cost]:
    """One line a moment, the earlier first; empty while nobody has asked for a fix."""
    moments = _moments(Ask.objects.filter(problem=problem))
    return _lines(tickets_of(problem.cluster, problem), moments, now) if moments else []


def cost_of_cluster(cluster: Cluster, *, now: datetime) -> list[Cost]:
    """What a cause has cost since it was first seen, confirmed, asked for and declined.

    A line for each of these that has happened; empty for a cluster without tickets.
    """
    if cluster.first_seen_at is None:
        return []
    moments = [("first seen", cluster.first_seen_at)]
    if cluster.confirmed_at is not None:
        moments.append(("confirmed", cluster.confirmed_at))
    moments += _moments(Ask.objects.filter(problem__cluster=cluster))
    return _lines(tickets_of(cluster, None), moments, now)


def _lines(
    tickets: QuerySet[Ticket], moments: list[tuple[str, datetime]], now: datetime
) -> list[Cost]:
    rows = read_facts(tickets, until=now)
    affected = affected_people([row.id for row in rows])
    spent = measured_minutes([row.id for row in rows], until=now)
    usual = usual_minutes(now)
    lines = []
    for label, since in moments:
        after = [row for row in rows if row.created_at >= since]
        people = {row.requester_id for row in after}
        for row in after:
            people |= affected.get(row.id, set())
        lines.append(
            Cost(
                label=label,
                since=since,
                tickets=len(after),
                people=len(people),
                minutes=sum(_minutes(row, spent, usual) for row in after),
                breaches=sum(row.late(now) for row in after),
                estimated=any(row.id not in spent for row in after),
            )
        )
    return lines


def _minutes(row: TicketFact, spent: dict[int, float], usual: dict[int | None, float]) -> float:
    return spent.get(row.id, usual.get(row.component_id, usual.get(None, 0.0)))


def _moments(asks: QuerySet[Ask]) -> list[tuple[str, datetime]]:
    """When support first asked, and when development last said no."""
    told = asks.aggregate(
        asked=Min("created_at"),
        declined=Max("answered_at", filter=Q(state="declined")),
    )
    found = (("asked for", told["asked"]), ("declined", told["declined"]))
    return [(label, moment) for label, moment in found if moment is not None]
