"""Which tickets stand behind a problem, a work item or a claim, and how they come in."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, F, Func, IntegerField, QuerySet, Value

from devlink.models import WorkItem
from incidents.models import Ticket

WEEK = timedelta(days=7)
SHOWN_WEEKS = 8


def weekly_counts(tickets: QuerySet[Ticket], *, start: datetime, weeks: int) -> tuple[int, ...]:
    """How many of these tickets came in each week from `start`, oldest first; one query."""
    counts = [0] * weeks
    if weeks:
        place = Func(
            F("created_at"),
            Value(start),
            template="floor(extract(epoch from (%(expressions)s)) / 604800)::int",
            arg_joiner=" - ",
            output_field=IntegerField(),
        )
        window = tickets.filter(created_at__gte=start, created_at__lt=start + weeks * WEEK)
        rows = window.order_by().annotate(week=place).values_list("week").annotate(Count("pk"))
        for week, count in rows:
            counts[week] = count
    return tuple(counts)


@dataclass
class Burden:
    """What the last eight weeks of a cause were for the desk."""

    tickets: int = 0
    organisations: int = 0
    minutes: float = 0.0
    # False when some of the minutes are the usual handling time of the component.
    measured: bool = True
    weekly: list[int] = field(default_factory=lambda: [0] * SHOWN_WEEKS)

    @property
    def minutes_per_week(self) -> float:
        return self.minutes / SHOWN_WEEKS

    @property
    def trend(self) -> float:
        """Change of the last four weeks against the four before; 0 when nothing came then."""
        before, after = sum(self.weekly[:4]), sum(self.weekly[4:])
        return (after - before) / before if before else 0.0


# A ticket counts once for an item, whether its cluster or its problem brought it.
_LINKED = """
    SELECT item.id AS item, member.ticket_id
      FROM devlink_workitem item
      JOIN problems_clustermember member ON member.cluster_id = item.cluster_id
     WHERE item.id = ANY(%(items)s)
     UNION
    SELECT item.id, link.ticket_id
      FROM devlink_workitem item
      JOIN problems_problemticket link ON link.problem_id = item.problem_id
     WHERE item.id = ANY(%(items)s)
"""
_BURDENS = f"""
WITH linked AS ({_LINKED}),
recent AS (
    SELECT linked.item, ticket.id, ticket.organisation_id, ticket.component_id,
           floor(extract(epoch from (%(now)s - ticket.created_at)) / 604800)::int AS ago
      FROM linked
      JOIN incidents_ticket ticket ON ticket.id = linked.ticket_id
     WHERE ticket.created_at > %(start)s AND ticket.created_at <= %(now)s
),
spent AS (
    SELECT touch.ticket_id,
           sum(extract(epoch from touch.ended_at - touch.started_at)) / 60 AS minutes
      FROM incidents_touchinterval touch
     WHERE touch.ticket_id IN (SELECT id FROM recent)
     GROUP BY touch.ticket_id
)
SELECT recent.item, recent.ago, recent.component_id, recent.organisation_id,
       count(*) AS tickets, count(spent.minutes) AS touched, coalesce(sum(spent.minutes), 0)
  FROM recent LEFT JOIN spent ON spent.ticket_id = recent.id
 GROUP BY recent.item, recent.ago, recent.component_id, recent.organisation_id
"""  # noqa: S608 (both parts are constants above; every value is a parameter)


def burdens(
    items: Iterable[WorkItem], *, now: datetime, usual_minutes: dict[int | None, float]
) -> dict[int, Burden]:
    """Each work item's burden over eight weeks; one query however many there are.

    `usual_minutes` gives the handling time by component (None: anywhere) for tickets on which no
    work was measured.
    """
    ids = [item.pk for item in items]
    found: dict[int, Burden] = {pk: Burden() for pk in ids}
    if not ids:
        return found
    organisations: dict[int, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_BURDENS, {"items": ids, "now": now, "start": now - SHOWN_WEEKS * WEEK})
        for pk, ago, component, organisation, tickets, touched, minutes in cursor.fetchall():
            one = found[pk]
            one.tickets += tickets
            one.weekly[SHOWN_WEEKS - 1 - ago] += tickets
            one.minutes += float(minutes)
            if touched < tickets:
                one.measured = False
                usual = usual_minutes.get(component, usual_minutes.get(None, 0.0))
                one.minutes += (tickets - touched) * usual
            if organisation is not None:
                organisations[pk].add(organisation)
    for pk, members in organisations.items():
        found[pk].organisations = len(members)
    return found


def slope(weekly: Sequence[int]) -> float:
    """Tickets a week more each week: the least-squares line through the weekly counts."""
    n = len(weekly)
    if n < 2:
        return 0.0
    middle = (n - 1) / 2
    mean = sum(weekly) / n
    above = sum((at - middle) * (count - mean) for at, count in enumerate(weekly))
    return above / sum((at - middle) ** 2 for at in range(n))
