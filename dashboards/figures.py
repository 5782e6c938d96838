"""Daily figures, worked out ahead so that a dashboard reads a few hundred small rows."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max, Sum
from django.utils import timezone

from catalogue.models import Service
from dashboards.models import DayFigures

# One statement a refresh: the days are counted from tickets and replace what was there. A merged
# ticket was a contact, so it counts as opened; what came of it counts where it was merged into.
_COUNT_DAYS = """
WITH opened AS (
    SELECT (created_at AT TIME ZONE 'UTC')::date AS day, service_id,
           count(*) FILTER (WHERE kind = 'incident') AS incidents,
           count(*) FILTER (WHERE kind = 'service_request') AS requests
    FROM incidents_ticket
    WHERE created_at >= %(start)s AND created_at < %(end)s
    GROUP BY 1, 2
), solved AS (
    SELECT (resolved_at AT TIME ZONE 'UTC')::date AS day, service_id,
           count(*) AS resolved,
           count(*) FILTER (WHERE first_contact_resolution IS NOT NULL) AS eligible,
           count(*) FILTER (WHERE first_contact_resolution) AS first_contact,
           count(*) FILTER (WHERE reopen_count > 0) AS reopened
    FROM incidents_ticket
    WHERE resolved_at >= %(start)s AND resolved_at < %(end)s AND merged_into_id IS NULL
    GROUP BY 1, 2
)
INSERT INTO dashboards_dayfigures
    (day, service_id, incidents, requests, resolved, first_contact_eligible, first_contact,
     reopened, updated_at)
SELECT coalesce(o.day, s.day), coalesce(o.service_id, s.service_id),
       coalesce(incidents, 0), coalesce(requests, 0), coalesce(resolved, 0),
       coalesce(eligible, 0), coalesce(first_contact, 0), coalesce(reopened, 0), %(now)s
FROM opened o FULL JOIN solved s
  ON o.day = s.day AND o.service_id IS NOT DISTINCT FROM s.service_id
"""


def refresh_figures(start: date, end: date) -> None:
    """Works out every day from `start` to `end` (both included) again. Days are UTC days."""
    first = datetime.combine(start, datetime.min.time(), tzinfo=timezone.get_default_timezone())
    after = datetime.combine(
        end + timedelta(days=1), datetime.min.time(), tzinfo=timezone.get_default_timezone()
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # Two refreshes of the same days at once would both insert them.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('dashboards.figures'))")
        DayFigures.objects.filter(day__range=(start, end)).delete()
        cursor.execute(_COUNT_DAYS, {"start": first, "end": after, "now": timezone.now()})


@dataclass(frozen=True)
class Contacts:
    """Sums over a period. Rates are None where nothing was counted."""

    incidents: int
    requests: int
    resolved: int
    first_contact_eligible: int
    first_contact: int

    @property
    def total(self) -> int:
        return self.incidents + self.requests

    @property
    def incident_share(self) -> float | None:
        """Incidents among all contacts (HDI 2016: 54 %)."""
        return self.incidents / self.total if self.total else None

    @property
    def first_contact_rate(self) -> float | None:
        """Resolved in the first contact among those that could be."""
        eligible = self.first_contact_eligible
        return self.first_contact / eligible if eligible else None


def contacts(start: date, end: date, service: Service | None = None) -> Contacts:
    """The sums from `start` to `end` (both included), of one service or of all."""
    rows = DayFigures.objects.filter(day__range=(start, end))
    if service is not None:
        rows = rows.filter(service=service)
    names = ("incidents", "requests", "resolved", "first_contact_eligible", "first_contact")
    sums = rows.aggregate(**{name: Sum(name, default=0) for name in names})
    return Contacts(**sums)


def weekly_incidents(
    start: date, end: date, service: Service | None = None
) -> list[tuple[date, int]]:
    """(first day, incidents) of each whole week of seven days that ends on `end`, oldest first."""
    rows = DayFigures.objects.filter(day__range=(start, end))
    if service is not None:
        rows = rows.filter(service=service)
    by_day: dict[date, int] = {}
    for day, incidents in rows.values_list("day", "incidents"):
        by_day[day] = by_day.get(day, 0) + incidents
    weeks = ((end - start).days + 1) // 7
    result = []
    for back in range(weeks, 0, -1):
        first = end - timedelta(days=7 * back - 1)
        result.append((first, sum(by_day.get(first + timedelta(days=n), 0) for n in range(7))))
    return result


def figures_as_of() -> datetime | None:
    """When the newest figures were worked out; None before the first time."""
    newest: datetime | None = DayFigures.objects.aggregate(newest=Max("updated_at"))["newest"]
    return newest
