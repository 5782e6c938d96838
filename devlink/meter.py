"""What not fixing a cause has cost since it was first seen, confirmed, asked for, declined."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Q

from devlink.causes import tickets_of
from devlink.effort import measured_minutes, usual_minutes
from devlink.evidence.facts import TicketFact, affected_people, read_facts
from devlink.models import Ask
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


def cost_of_not_fixing(
    cluster: Cluster | None, problem: Problem | None, *, now: datetime
) -> list[Cost]:
    """One line a moment, the earliest first; empty without tickets."""
    rows = read_facts(tickets_of(cluster, problem), until=now)
    if not rows:
        return []
    ids = [row.id for row in rows]
    affected = affected_people(ids)
    spent = measured_minutes(ids, until=now)
    usual = usual_minutes(now)
    lines = []
    for label, since in _moments(cluster, problem, rows):
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


def _moments(
    cluster: Cluster | None, problem: Problem | None, rows: list[TicketFact]
) -> list[tuple[str, datetime]]:
    """The moments that exist, in order: after each, somebody could have acted."""
    asked = declined = None
    if problem is not None:
        asks = Ask.objects.filter(problem=problem).aggregate(
            asked=Min("created_at"),
            declined=Max("answered_at", filter=Q(state="declined")),
        )
        asked, declined = asks["asked"], asks["declined"]
    confirmed = (cluster.confirmed_at if cluster else None) or (
        problem.created_at if problem else None
    )
    found = (
        ("first seen", rows[0].created_at),
        ("confirmed", confirmed),
        ("asked for", asked),
        ("declined", declined),
    )
    return [(label, moment) for label, moment in found if moment is not None]
