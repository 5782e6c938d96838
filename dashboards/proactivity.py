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
    """Incidents that did not happen in a period, with the limits of the single claims added up.

    `minutes` are of the `timed` claims of which it is known what such an incident costs; None when
    of none.
    """

    count: float
    low: float
    high: float
    minutes: float | None
    claims: int
    timed: int


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


@dataclass(frozen=True)
class Effect:
    """What a fix avoided, and the stretch it is counted in.

    A look counts the weeks since the release, `start` to `end`; later weeks are not claimed.
    Weeks that another fix of the same cluster was counted in already come off at the front:
    each would claim the whole fall for itself.
    """

    claim: FixClaim
    start: datetime
    end: datetime

    def share(self, start: datetime, end: datetime) -> float:
        """How much of what the claim avoided falls into the stretch: evenly by time."""
        inside = (min(self.end, end) - max(self.start, start)).total_seconds()
        whole = (self.end - self.claim.deployed_at).total_seconds()
        return max(inside, 0.0) / whole


def effects(claims: Sequence[FixClaim]) -> list[Effect]:
    """The shown effects, oldest first, each week of a cluster counted once."""
    found: list[Effect] = []
    counted_until: dict[int, datetime] = {}
    for claim in sorted(
        (one for one in claims if one.shows_effect),
        key=lambda one: (one.deployed_at, -one.weeks_judged),
    ):
        end = claim.deployed_at + timedelta(weeks=claim.weeks_judged)
        start = max(claim.deployed_at, counted_until.get(claim.cluster_id, claim.deployed_at))
        if start < end:
            found.append(Effect(claim, start, end))
            counted_until[claim.cluster_id] = end
    return found


def avoided(claims: Sequence[FixClaim], period: Period) -> Avoided:
    """The sum over claims with a shown effect, in the weeks their looks counted."""
    count = low = high = minutes = 0.0
    used = timed = 0
    for effect in effects(claims):
        claim, share = effect.claim, effect.share(period.start_at, period.end_at)
        if not share:
            continue
        used += 1
        count += share * (claim.incidents_avoided or 0)
        low += share * (claim.incidents_avoided_low or 0)
        high += share * (claim.incidents_avoided_high or 0)
        if claim.minutes_per_ticket is not None:
            timed += 1
            minutes += share * (claim.incidents_avoided or 0) * claim.minutes_per_ticket
    return Avoided(count, low, high, minutes if timed or not used else None, used, timed)


def chart(claims: Sequence[FixClaim], period: Period, service: Service | None) -> dict[str, object]:
    """Incidents a week as they came, and as expected without the fixes; fixes as vertical lines."""
    weeks = weekly_incidents(period.start, period.end, service)
    effective = effects(claims)
    actual: list[float] = []
    expected: list[float] = []
    marks: dict[int, list[str]] = {}
    for place, (first, count) in enumerate(weeks):
        week = Period(first, first + timedelta(days=6))
        saved = sum(
            one.share(week.start_at, week.end_at) * (one.claim.incidents_avoided or 0)
            for one in effective
        )
        actual.append(count)
        expected.append(round(count + saved, 1))
        names = [
            one.claim.release.version
            for one in effective
            if week.start_at <= one.claim.deployed_at < week.end_at
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
