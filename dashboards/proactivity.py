"""What Proactivity says: involvement beside the study, contacts, fixes that held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.models import Person
from catalogue.models import Service
from dashboards.figures import Contacts, contacts, weekly_incidents
from devlink.models import FixClaim

# Below this many tickets a rate says more about chance than about the desk.
FEWEST_TICKETS = 20
PERIODS = {30: "30 days", 90: "Quarter", 180: "Half a year"}
# HDI, Support and development: building a strategic partnership, 2016.
HDI_INCIDENT_SHARE = 0.54


@dataclass(frozen=True)
class Period:
    """Whole UTC days, both ends included, and the same number of days before."""

    start: date
    end: date

    @classmethod
    def last(cls, days: int, today: date) -> "Period":
        """The `days` days that end today."""
        return cls(today - timedelta(days=days - 1), today)

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def before(self) -> "Period":
        end = self.start - timedelta(days=1)
        return Period(end - timedelta(days=self.days - 1), end)

    @property
    def start_at(self) -> datetime:
        return datetime.combine(
            self.start, datetime.min.time(), tzinfo=timezone.get_default_timezone()
        )

    @property
    def end_at(self) -> datetime:
        return datetime.combine(
            self.end + timedelta(days=1),
            datetime.min.time(),
            tzinfo=timezone.get_default_timezone(),
        )


@dataclass(frozen=True)
class Avoided:
    """Incidents that did not happen in a period, with the limits of the single claims added up."""

    count: float
    low: float
    high: float
    minutes: float
    claims: int


def settled_claims(person: Person, service: Service | None) -> list[FixClaim]:
    """Fixes shipped, newest first, with what their row shows."""
    claims = (
        FixClaim.objects.visible_to(person)
        .select_related("cluster", "problem", "work_item", "release")
        .order_by("-deployed_at")
    )
    if service is not None:
        claims = claims.filter(cluster__service=service)
    return list(claims[:60])


def _weeks_in(claim: FixClaim, start: datetime, end: datetime) -> tuple[float, float]:
    """(weeks of the claim's own count so far, weeks of them inside the stretch)."""
    seen_until = min(claim.looked_at or claim.deployed_at, timezone.now())
    total = max((seen_until - claim.deployed_at).total_seconds(), 0.0)
    first, last = max(claim.deployed_at, start), min(seen_until, end)
    inside = max((last - first).total_seconds(), 0.0)
    week = timedelta(weeks=1).total_seconds()
    return total / week, inside / week


def _share(claim: FixClaim, start: datetime, end: datetime) -> float:
    """How much of what a claim avoided so far falls into the stretch: evenly by time."""
    total, inside = _weeks_in(claim, start, end)
    return inside / total if total else 0.0


def counts_as_effect(claim: FixClaim) -> bool:
    """Only a fix whose effect is shown counts; one that is watched or failed adds nothing."""
    return claim.state in {"verified", "partial"} and bool(claim.incidents_avoided)


def avoided(claims: Sequence[FixClaim], period: Period) -> Avoided:
    """The sum over claims with a shown effect."""
    count = low = high = minutes = 0.0
    used = 0
    for claim in filter(counts_as_effect, claims):
        share = _share(claim, period.start_at, period.end_at)
        if not share:
            continue
        used += 1
        count += share * (claim.incidents_avoided or 0)
        low += share * (claim.incidents_avoided_low or 0)
        high += share * (claim.incidents_avoided_high or 0)
        minutes += share * (claim.incidents_avoided or 0) * (claim.minutes_per_ticket or 0)
    return Avoided(count, low, high, minutes, used)


def chart(claims: Sequence[FixClaim], period: Period, service: Service | None) -> dict[str, object]:
    """Incidents a week as they came, and as expected without the fixes; fixes as vertical lines."""
    weeks = weekly_incidents(period.start, period.end, service)
    effective = [claim for claim in claims if counts_as_effect(claim)]
    actual: list[float] = []
    expected: list[float] = []
    marks: dict[int, list[str]] = {}
    for place, (first, count) in enumerate(weeks):
        week = Period(first, first + timedelta(days=6))
        saved = sum(
            _share(one, week.start_at, week.end_at) * (one.incidents_avoided or 0)
            for one in effective
        )
        actual.append(count)
        expected.append(round(count + saved, 1))
        names = [
            one.release.version
            for one in effective
            if week.start_at <= one.deployed_at < week.end_at
        ]
        if names:
            marks[place] = names
    return {
        "labels": [first.strftime("%-d %b") for first, _ in weeks],
        "series": [
            {"name": "Incidents", "values": actual, "look": "line"},
            {"name": "Expected without the fixes", "values": expected, "look": "band"},
        ],
        "marks": [
            {"at": place, "text": f"fix in {', '.join(sorted(set(names)))}"}
            for place, names in marks.items()
        ],
        "unit": "incidents a week",
    }


def percent(rate: float | None, n: int, fewest: int = FEWEST_TICKETS) -> str:
    """A rate in whole percent; a dash when too few stand behind it."""
    return "–" if rate is None or n < fewest else f"{100 * rate:.0f} %"


def change(rate: float | None, before: float | None) -> tuple[str, str]:
    """(signed difference in points, tone) against the period before; empty when there is none."""
    if rate is None or before is None:
        return "", ""
    points = round(100 * (rate - before))
    if not points:
        return "±0", ""
    return f"{points:+d}".replace("-", "−"), "green" if points > 0 else "red"


def contact_figures(period: Period, service: Service | None) -> tuple[Contacts, Contacts]:
    """The period's contacts and those of the period before."""
    before = period.before
    return (
        contacts(period.start, period.end, service),
        contacts(before.start, before.end, service),
    )
