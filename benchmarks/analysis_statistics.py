"""How often the statistics of fixes and bursts cry wolf, by simulation."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from analysis.bursts import dispersion, test_day
from analysis.fixes import LOOKS, FixHistory, Verdict, assess_fix
from benchmarks.analysis_data import DataMissingError, load_daily_counts
from benchmarks.analysis_figures import Figure

_A_MONDAY = date(2017, 1, 2)


def wild_counts(
    random: np.random.Generator, mean: float, phi: float, size: tuple[int, ...]
) -> NDArray[np.int64]:
    """Return Poisson counts for φ = 1, negative binomial ones of variance φ·mean above."""
    if phi <= 1:
        return random.poisson(mean, size)
    return random.negative_binomial(mean / (phi - 1), 1 / phi, size)


def verified_share(
    random: np.random.Generator, *, mean: float, phi: float, kept: float, runs: int
) -> float:
    """Return how often a fix that leaves the share `kept` is ever called verified.

    Of eight causes the one with the worst last four weeks is chosen, as people do.
    """
    verified = 0
    for _ in range(runs):
        before = wild_counts(random, mean, phi, (8, 16))
        worst = int(before[:, -4:].sum(axis=1).argmax())
        after = wild_counts(random, max(mean * kept, 1e-9), phi, (LOOKS[-1],))
        history = FixHistory(tuple(map(int, before[worst])), tuple(map(int, after)))
        verdict = assess_fix(history).verdict
        verified += verdict in (Verdict.VERIFIED, Verdict.REGRESSED)
    return verified / runs


def measure_fixes(runs: int = 1500) -> Iterator[Figure]:
    """Useless fixes called verified, and real ones recognised."""
    random = np.random.default_rng(20_160)
    worst = 0.0
    for phi in (1.0, 2.0, 3.0):
        for mean in (2.0, 6.0, 20.0):
            share = verified_share(random, mean=mean, phi=phi, kept=1.0, runs=runs)
            worst = max(worst, share)
            yield Figure(f"useless fix verified, φ {phi:.0f}, {mean:.0f} a week", share)
    yield Figure("useless fix ever verified (worst)", worst, 0.02, at_least=False)
    for mean in (2.0, 6.0):
        share = verified_share(random, mean=mean, phi=2.0, kept=0.0, runs=runs // 3)
        yield Figure(f"full cure verified, φ 2, {mean:.0f} a week", share)


def _quiet(random: np.random.Generator, weeks: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return days with the level, weekdays and wildness of a real series and no true burst."""
    mean = max(float(weeks.mean()), 1e-6)
    shape = (weeks.sum(axis=0) + 2 * mean) / ((len(weeks) + 2) * mean)
    phi = dispersion((weeks / np.maximum(shape, 0.05)).ravel().tolist())
    columns = [wild_counts(random, mean * share, phi, (length,)) for share in shape.tolist()]
    return np.stack(columns, axis=1).ravel()


def measure_bursts(copies: int = 3) -> Iterator[Figure]:
    """Bursts announced on 90 quiet days drawn like real series, and true ones seen."""
    random = np.random.default_rng(7)
    try:
        series = load_daily_counts()
    except DataMissingError:
        series = [
            wild_counts(random, mean, 1.8, (11, 7)) for mean in np.geomspace(0.02, 6, 60).tolist()
        ]
    alarms = days = seen = true = 0
    for weeks in series * copies:
        drawn = [int(count) for count in _quiet(random, weeks, 25)]
        for at in range(84, 84 + 90):
            alarms += _is_burst(drawn, at, drawn[at])
            days += 1
        # An outage: eight tickets above the usual and at least four times it.
        for at in range(84, 84 + 90, 15):
            seen += _is_burst(drawn, at, drawn[at] + max(8, 4 * round(float(weeks.mean()))))
            true += 1
    monthly = alarms / days * 30 * 100
    yield Figure("false bursts per 100 clusters and month", monthly, 1.0, at_least=False, digits=2)
    yield Figure("bursts of 8 and 5 times the usual seen", seen / true)
    yield Figure("series", len(series), digits=0)


def _is_burst(days: list[int], at: int, count: int) -> bool:
    first = _A_MONDAY + timedelta(days=at - 84)
    today = _A_MONDAY + timedelta(days=at)
    return test_day(days[at - 84 : at], first, today, count, organisations=2).is_burst
