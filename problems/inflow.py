"""How old a problem is, and how many tickets it still brings: one misleads without the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from problems.models import Problem

WEEK = timedelta(weeks=1)
LATELY = 4

# The tickets that costs count (problems.facts): linked or in the cluster, each once.
_WEEKLY = """
WITH known AS (
    SELECT problem_id, ticket_id
      FROM problems_problemticket WHERE problem_id = ANY(%(problems)s)
     UNION
    SELECT problem.id, member.ticket_id
      FROM problems_problem problem
      JOIN problems_clustermember member ON member.cluster_id = problem.cluster_id
     WHERE problem.id = ANY(%(problems)s)
)
SELECT known.problem_id,
       floor(extract(epoch from (%(now)s - ticket.created_at)) / 604800)::int AS ago,
       count(*)
  FROM known
  JOIN incidents_ticket ticket ON ticket.id = known.ticket_id
  LEFT JOIN accounts_team team ON team.id = ticket.team_id
 WHERE ticket.created_at > %(start)s AND ticket.created_at <= %(now)s
   AND ticket.state <> 'cancelled' AND team.restricted IS NOT TRUE
 GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Ageing:
    """How long a problem has been known, and what came in week by week, oldest week first."""

    since: datetime
    age: timedelta
    weekly: tuple[int, ...]

    @property
    def per_week(self) -> float:
        """Tickets a week, over the last four."""
        return sum(self.weekly[-LATELY:]) / LATELY

    @property
    def days(self) -> int:
        """Whole days."""
        return self.age.days


def ageing_of(
    problems: Sequence[Problem], *, weeks: int, now: datetime | None = None
) -> dict[int, Ageing]:
    """The age of each problem and the inflow of its tickets. One query."""
    now = now or timezone.now()
    weekly = {one.pk: [0] * weeks for one in problems}
    with connection.cursor() as cursor:
        cursor.execute(_WEEKLY, {"problems": list(weekly), "now": now, "start": now - weeks * WEEK})
        for problem, ago, count in cursor.fetchall():
            weekly[problem][max(0, weeks - 1 - ago)] += count
    found = {}
    for one in problems:
        since = one.confirmed_at or one.created_at
        found[one.pk] = Ageing(since, age_of(one, now), tuple(weekly[one.pk]))
    return found


def age_of(problem: Problem, now: datetime | None = None) -> timedelta:
    """How long it has been known (or, unconfirmed, open) without a fix, or how long it lived."""
    end = problem.resolved_at or problem.closed_at or now or timezone.now()
    return max(end - (problem.confirmed_at or problem.created_at), timedelta(0))
