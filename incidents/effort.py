"""How long tickets take: measured where agents had them open, else the component's usual time."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import connection

WINDOW = timedelta(days=180)
# A median of fewer tickets says nothing about a component.
FEWEST = 5
KEPT_SECONDS = 600

_MEDIANS = """
SELECT grouping(component_id) = 1, component_id, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes)
  FROM (
        SELECT ticket.component_id,
               sum(extract(epoch from touch.ended_at - touch.started_at)) / 60 AS minutes
          FROM incidents_touchinterval touch
          JOIN incidents_ticket ticket ON ticket.id = touch.ticket_id
         WHERE touch.ended_at > %(start)s AND touch.ended_at <= %(now)s
         GROUP BY ticket.id, ticket.component_id
       ) handled
 GROUP BY GROUPING SETS ((component_id), ())
"""


def median_minutes(now: datetime) -> dict[int | None, float]:
    """Median handling minutes a ticket, by component; None stands for the whole desk.

    Components with fewer than five handled tickets in half a year are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MEDIANS, {"start": now - WINDOW, "now": now})
        rows = cursor.fetchall()
    found: dict[int | None, float] = {}
    for is_whole_desk, component, count, minutes in rows:
        if is_whole_desk and count:
            found[None] = float(minutes)
        elif component is not None and count >= FEWEST:
            found[component] = float(minutes)
    return found


def usual_minutes(now: datetime) -> dict[int | None, float]:
    """The same, remembered for ten minutes: pages need not be newer."""
    kept = cache.get("incidents.usual_minutes")
    if kept is None:
        kept = [[key, value] for key, value in median_minutes(now).items()]
        cache.set("incidents.usual_minutes", kept, KEPT_SECONDS)
    return {key: value for key, value in kept}  # noqa: C416 (pairs come back as lists)


_SPENT = """
SELECT ticket_id, sum(extract(epoch from ended_at - started_at)) / 60
  FROM incidents_touchinterval
 WHERE ticket_id = ANY(%s) AND ended_at <= %s
 GROUP BY ticket_id
"""


def measured_minutes(ticket_ids: Iterable[int], *, until: datetime) -> dict[int, float]:
    """Minutes agents were seen working on each ticket; tickets without any are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, [list(ticket_ids), until])
        return {ticket: float(minutes) for ticket, minutes in cursor.fetchall()}
