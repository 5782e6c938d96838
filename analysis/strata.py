"""Rates of two groups compared within strata, so that like is compared with like."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import TypeVar

from scipy.stats import norm

from analysis.rates import RateRatio, rate_ratio

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Stratum:
    """Events and exposure of the exposed group (`with_`) and the other (`without`) in one stratum.

    Exposure is any amount the events are counted over: person-years, or subjects that were each
    watched for the same time.
    """

    events_with: float
    exposure_with: float
    events_without: float
    exposure_without: float

    @property
    def informative(self) -> bool:
        """Both groups are there and something happened: only then does it say which is worse."""
        return bool(
            self.exposure_with
            and self.exposure_without
            and (self.events_with or self.events_without)
        )


@dataclass(frozen=True, slots=True)
class Pooled:
    """A rate ratio common to all strata, with its limits."""

    ratio: float
    low: float
    high: float


def mantel_haenszel(
    strata: Iterable[Stratum], *, level: float = 0.95, phi: float = 1.0
) -> Pooled | None:
    """Return the Mantel–Haenszel rate ratio of the strata; None when they cannot give one.

    With a events over N₁ in the exposed group, b over N₀ in the other, and T = N₁ + N₀, summed
    over strata: R = Σ a·N₀/T, S = Σ b·N₁/T, ratio = R/S, and the variance of its logarithm is
    Σ (a+b)·N₁·N₀/T² ÷ (R·S). It holds for few large strata and for many sparse ones. `phi` widens
    the limits for counts that are wilder than Poisson (the variance is multiplied by it). Without
    an event on either side in the informative strata the logarithm has no variance: None.

    Source: Greenland and Robins, “Estimation of a common effect parameter from sparse follow-up
    data”, Biometrics 41 (1985) 55–68; Rothman, Greenland and Lash, Modern Epidemiology, 3rd
    edition, chapter 15.
    """
    over = under = spread = 0.0
    for one in strata:
        if not one.informative:
            continue
        total = one.exposure_with + one.exposure_without
        over += one.events_with * one.exposure_without / total
        under += one.events_without * one.exposure_with / total
        events = one.events_with + one.events_without
        spread += events * one.exposure_with * one.exposure_without / total**2
    if not over or not under:
        return None
    width = float(norm.ppf((1 + level) / 2)) * sqrt(phi * spread / (over * under))
    ratio = over / under
    return Pooled(ratio, ratio * exp(-width), ratio * exp(width))


def crude(strata: Iterable[Stratum], *, level: float = 0.95, phi: float = 1.0) -> RateRatio:
    """Return the ratio of all strata thrown together: exact, but unlike is compared with unlike.

    Counts are divided by `phi` before the conditional exact test, as everywhere in this package.
    """
    rows = list(strata)
    return rate_ratio(
        sum(one.events_without for one in rows) / phi,
        sum(one.events_with for one in rows) / phi,
        sum(one.exposure_without for one in rows),
        sum(one.exposure_with for one in rows),
        level,
    )


def pooled_dispersion(cells: Iterable[Sequence[float]]) -> float:
    """Return max(1, Pearson's χ² ÷ degrees of freedom) of counts around the mean of their cell.

    A cell holds the counts of subjects that are expected to have the same rate. One where nothing
    happened, or with one subject, says nothing about the spread. Source: McCullagh and Nelder,
    Generalized Linear Models, 2nd edition, sections 4.5 and 6.2.3.
    """
    chi = 0.0
    free = 0
    for counts in cells:
        total = sum(counts)
        if len(counts) < 2 or not total:
            continue
        mean = total / len(counts)
        chi += sum((count - mean) ** 2 for count in counts) / mean
        free += len(counts) - 1
    return max(1.0, chi / free) if free else 1.0


def stratify(rows: Iterable[tuple[Key, bool, float]]) -> Mapping[Key, Stratum]:
    """Return the strata of (stratum, exposed, events) rows; each row is one unit of exposure."""
    sums: dict[Key, list[float]] = {}
    for key, exposed, events in rows:
        found = sums.setdefault(key, [0.0, 0.0, 0.0, 0.0])
        at = 0 if exposed else 2
        found[at] += events
        found[at + 1] += 1
    return {key: Stratum(*found) for key, found in sums.items()}
