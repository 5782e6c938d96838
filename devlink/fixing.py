"""From rows to the history a verdict is made of."""

from dataclasses import asdict
from datetime import datetime
from math import isfinite
from statistics import median

from django.db.models import QuerySet

from analysis.fixes import LOOKS, Assessment, FixHistory, assess_fix
from analysis.rates import BASELINE_WEEKS, SPIKE_WEEKS
from devlink.causes import WEEK, weekly_counts
from devlink.models import FixClaim, FixLook, LoopObligation
from devlink.versions import contains_fix
from incidents.effort import measured_minutes, median_minutes
from incidents.models import Ticket
from problems.facts import tickets_of

# A control of fewer incidents a week than this is noise and would only blur the comparison.
FEWEST_CONTROL = 3.0
# A control that grew by more than this had a burst of its own.
BURST = 1.5
# A verified fix is watched this long for a relapse.
WATCHED_WEEKS = 26


def weeks_since(claim: FixClaim, now: datetime) -> int:
    """Full weeks since people have had the fix."""
    return max((now - claim.deployed_at) // WEEK, 0)


def baseline_of(chosen_at: datetime) -> tuple[datetime, datetime]:
    """The twelve weeks before the four that made people choose this cause: those four are high
    by selection and would make any fix look good."""
    end = chosen_at - SPIKE_WEEKS * WEEK
    return end - BASELINE_WEEKS * WEEK, end


def history(claim: FixClaim, *, weeks: int) -> FixHistory:
    """Weekly incidents of the cause before its choice and in the first `weeks` after the fix."""
    own = tickets_of(claim.cluster, claim.problem).exclude(state="cancelled")
    start, before_weeks = _known_before(claim)
    before = weekly_counts(own, start=start, weeks=before_weeks)
    after = weekly_counts(own, start=claim.deployed_at, weeks=weeks)
    exposure = _exposure(_control(claim, own), claim, start, before_weeks, weeks)
    verified = _verified_look(claim)
    return FixHistory(
        before=before,
        after=after,
        exposure_before=exposure[0] if exposure else None,
        exposure_after=exposure[1] if exposure else None,
        spike_weeks=SPIKE_WEEKS,
        reported_on_fixed_version=_seen_on_fixed_version(claim, own, weeks),
        still_broken=_doubts_since_verified(claim, verified),
        verified_at=verified.week if verified else None,
    )


def _verified_look(claim: FixClaim) -> FixLook | None:
    """The look that verified it, whatever a recount would say now."""
    return claim.looks.filter(verdict="verified").order_by("week").first()


def _known_before(claim: FixClaim) -> tuple[datetime, int]:
    """Where the comparison begins, and how many weeks it has: not before the first ticket of all,
    because weeks in which nothing was written down were not quiet ones."""
    weeks = BASELINE_WEEKS + SPIKE_WEEKS
    first = Ticket.objects.order_by("created_at").values_list("created_at", flat=True).first()
    if first is None or first <= claim.baseline_from:
        return claim.baseline_from, weeks
    unknown = min((first - claim.baseline_from) // WEEK, weeks - SPIKE_WEEKS)
    return claim.baseline_from + unknown * WEEK, weeks - unknown


def _exposure(
    control: QuerySet[Ticket] | None,
    claim: FixClaim,
    start: datetime,
    before_weeks: int,
    weeks: int,
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Other incidents a week before and after; None when calendar weeks are the better measure.

    Too few of them are noise. Many more than before are a burst of something else, not more use:
    they would make any fix look better than it is.
    """
    if control is None or not weeks:
        return None
    before = weekly_counts(control, start=start, weeks=before_weeks)
    after = weekly_counts(control, start=claim.deployed_at, weeks=weeks)
    usual, now = sum(before) / before_weeks, sum(after) / weeks
    if min(usual, now) < FEWEST_CONTROL or now > usual * BURST:
        return None
    return tuple(map(float, before)), tuple(map(float, after))


def _control(claim: FixClaim, own: QuerySet[Ticket]) -> QuerySet[Ticket] | None:
    """All other incidents of the same service; None without a service."""
    component = claim.work_item.component
    service = claim.cluster.service_id or (component.service_id if component else None)
    if service is None:
        return None
    incidents = Ticket.objects.incidents().filter(service_id=service).exclude(state="cancelled")
    return incidents.exclude(pk__in=own.values("pk"))


def _seen_on_fixed_version(claim: FixClaim, own: QuerySet[Ticket], weeks: int) -> bool:
    """Somebody met it on a version that has the fix, after it was shipped."""
    later = own.filter(
        created_at__gt=claim.deployed_at, created_at__lte=claim.deployed_at + weeks * WEEK
    ).exclude(version_seen="")
    versions = later.values_list("version_seen", flat=True).distinct()
    return any(contains_fix(seen, claim.release.version) for seen in versions)


def _doubts_since_verified(claim: FixClaim, verified: FixLook | None) -> int:
    """How many who were told of the fix said that it does not help, since the look that verified.

    Before that look it is one voice among many, often of somebody who has not got the release yet:
    it is shown beside the claim, and the counts decide.
    """
    if verified is None:
        return 0
    doubts = LoopObligation.objects.doubting(claim.work_item_id, claim.release_id)
    return doubts.filter(verified_at__gt=verified.created_at).count()


def minutes_per_ticket(claim: FixClaim, now: datetime) -> float | None:
    """What one such incident costs: the median of those measured, else the component's usual."""
    own = tickets_of(claim.cluster, claim.problem)
    measured = measured_minutes(own.values_list("pk", flat=True), until=now)
    if measured:
        return float(median(measured.values()))
    usual = median_minutes(now)
    return usual.get(claim.work_item.component_id, usual.get(None))


def assess(claim: FixClaim, *, weeks: int, now: datetime) -> Assessment:
    """The verdict with what is known after so many weeks."""
    return assess_fix(
        history(claim, weeks=weeks), minutes_per_ticket=minutes_per_ticket(claim, now)
    )


def looks_due(claim: FixClaim, *, weeks: int, made: set[int]) -> list[int]:
    """Which of the looks after 4, 8 and 12 weeks are to be made now."""
    return [week for week in LOOKS if week <= weeks and week not in made]


def as_json(assessment: Assessment) -> dict[str, object]:
    """The numbers behind a verdict; what has no finite value is None."""
    plain = _finite(asdict(assessment))
    if not isinstance(plain, dict):
        raise TypeError("an assessment is a record")
    return plain


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if isinstance(value, float):
        return round(value, 6) if isfinite(value) else None
    return value
