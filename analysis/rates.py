"""Exact comparison of two event rates that are wilder than Poisson."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from scipy.special import bdtr, betainc, betaincinv, gammaincinv

from analysis.bursts import dispersion

BASELINE_WEEKS = 12
SPIKE_WEEKS = 4
MIN_CALM_WEEKS = 8
MIN_WEEKS_WITH_INCIDENTS = 2
MIN_MEDIAN_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a fix is measured against: `count` incidents in `exposure`, over `weeks` weeks.

    `weekly` are the counts it was taken from, `rule` says in words which weeks and why. `known`
    is how many weeks before the spike the cause had been seen for; without `enough` of them no
    fix is called a success.
    """

    count: float
    exposure: float
    weeks: int
    dispersion: float
    weekly: tuple[int, ...]
    rule: str
    known: int
    enough: bool


@dataclass(frozen=True, slots=True)
class RateRatio:
    """Rate after ÷ rate before with its limits; `chance` is the one-sided exact p-value of "no
    fall". `high` is infinite and `ratio` 1 where there is nothing to compare."""

    ratio: float
    low: float
    high: float
    chance: float


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its lower and upper limit."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> "Interval":
        """Return all three multiplied."""
        return Interval(self.value * factor, self.low * factor, self.high * factor)


def _exposure(exposure: Sequence[float] | None, start: int, stop: int) -> float:
    return float(stop - start) if exposure is None else float(sum(exposure[start:stop]))


def choose_baseline(
    weekly: Sequence[int],
    *,
    spike_weeks: int = SPIKE_WEEKS,
    exposure: Sequence[float] | None = None,
) -> Baseline:
    """Return the baseline of a fix from its weekly counts up to the choice, oldest first.

    The last `spike_weeks` made people choose this cause: they are high by selection, would make
    any fix look good, and are never part of it. The (up to) 12 weeks before them count where the
    cause had been known for at least 8 of them and came in at least 2. Otherwise the median of
    the weeks it was known for stands for all, from 4 weeks on: enough to see that nothing
    changed, not `enough` to call a fix a success.
    """
    if exposure is not None and len(exposure) != len(weekly):
        raise ValueError(f"{len(weekly)} weekly counts but {len(exposure)} weeks of exposure.")
    stop = max(len(weekly) - spike_weeks, 0)
    start = max(stop - BASELINE_WEEKS, 0)
    calm = tuple(weekly[start:stop])
    known = len(calm) - next((at for at, count in enumerate(calm) if count), len(calm))
    spike = f"the {spike_weeks} weeks that led to the choice" if spike_weeks else "the choice"
    if known >= MIN_CALM_WEEKS and sum(1 for count in calm if count) >= MIN_WEEKS_WITH_INCIDENTS:
        return Baseline(
            float(sum(calm)),
            _exposure(exposure, start, stop),
            len(calm),
            dispersion(calm),
            calm,
            f"the {len(calm)} weeks before {spike}",
            known,
            enough=True,
        )
    seen = calm[len(calm) - known :] if known >= MIN_MEDIAN_WEEKS else ()
    rule = (
        f"the median of the {len(seen)} weeks it was known for before {spike}"
        if seen
        else f"nothing: it was hardly known before {spike}"
    )
    return Baseline(
        float(median(seen)) * len(seen) if seen else 0.0,
        _exposure(exposure, stop - len(seen), stop),
        len(seen),
        dispersion(seen),
        seen,
        rule,
        known,
        enough=False,
    )


def rate_ratio(
    before: float,
    after: float,
    exposure_before: float,
    exposure_after: float,
    level: float,
) -> RateRatio:
    """Compare two counts by the conditional exact test.

    Given their sum, the later count is binomial with p = e₁/(e₀+e₁) when nothing changed;
    Clopper–Pearson limits of p at confidence `level` map to limits of the rate ratio. Counts may
    be fractions (divided by a dispersion), which the beta form of the limits allows.
    """
    total = before + after
    if total <= 0 or exposure_before <= 0 or exposure_after <= 0:
        return RateRatio(1.0, 0.0, float("inf"), 1.0)
    tail = (1 - level) / 2
    low = float(betaincinv(after, before + 1, tail)) if after > 0 else 0.0
    high = float(betaincinv(after + 1, before, 1 - tail)) if before > 0 else 1.0
    scale = exposure_before / exposure_after
    share = exposure_after / (exposure_before + exposure_after)
    whole = round(total)
    chance = float(bdtr(min(round(after), whole), whole, share)) if whole else 1.0
    ratio = after / before * scale if before > 0 else float("inf")
    return RateRatio(ratio, _odds(low) * scale, _odds(high) * scale, chance)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else float("inf")


def rate_limits(count: float, exposure: float, phi: float, level: float) -> Interval:
    """Return the rate with exact Poisson limits (Garwood 1936), widened by the dispersion."""
    tail = (1 - level) / 2
    scaled = count / phi
    low = float(gammaincinv(scaled, tail)) if scaled > 0 else 0.0
    high = float(gammaincinv(scaled + 1, 1 - tail))
    return Interval(count / exposure, low * phi / exposure, high * phi / exposure)


def rate_fall(before: Interval, after: Interval) -> Interval:
    """Return before − after with limits from the two intervals (Zou & Donner 2008)."""
    fall = before.value - after.value
    low = fall - sqrt((before.value - before.low) ** 2 + (after.high - after.value) ** 2)
    high = fall + sqrt((before.high - before.value) ** 2 + (after.value - after.low) ** 2)
    return Interval(fall, low, high)


def prediction_limit(count: float, exposure: float, ahead: float, phi: float, chance: float) -> int:
    """Return the largest count still usual in `ahead` units after seeing `count` in `exposure`.

    The rate is uncertain (gamma, Jeffreys' prior), so the prediction is negative binomial; counts
    are taken in units of the dispersion. More than the limit has a chance below `chance`.
    """
    size = count / phi + 0.5
    share = ahead / (exposure + ahead)
    usual = 0
    while float(betainc(usual + 1, size, share)) >= chance:
        usual += 1
    return int(usual * phi)
