"""How often the statistics of fixes and bursts cry wolf, by simulation."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.bursts import MAX_BASELINE_WEEKS, burst_of, dispersion
from analysis.fixes import LOOKS, FixHistory, Verdict, assess_fix
from analysis.rates import SPIKE_WEEKS, rate_ratio
from benchmarks.analysis_data import DataMissingError, load_daily_counts
from benchmarks.analysis_figures import Figure


def wild_counts(
    random: np.random.Generator, mean: float, phi: float, size: tuple[int, ...]
) -> NDArray[np.int64]:
    """Return Poisson counts for φ = 1, negative binomial ones of variance φ·mean above."""
    if phi <= 1:
        return random.poisson(mean, size)
    return random.negative_binomial(mean / (phi - 1), 1 / phi, size)


@dataclass(frozen=True, slots=True)
class Trial:
    """One kind of simulated fix: incidents a week, their dispersion, and the share that is left.

    `control` is the mean weekly count of the other incidents of the service, 0 without a control.
    """

    mean: float
    phi: float
    kept: float
    control: float = 0.0


def _history(random: np.random.Generator, trial: Trial, weeks: int) -> FixHistory:
    """Return one simulated cause: of eight, the one with the worst last four weeks is chosen, as
    people do."""
    before = wild_counts(random, trial.mean, trial.phi, (8, 16))
    worst = int(before[:, -4:].sum(axis=1).argmax())
    after = wild_counts(random, max(trial.mean * trial.kept, 1e-9), trial.phi, (weeks,))
    past, since = tuple(map(int, before[worst])), tuple(map(int, after))
    if not trial.control:
        return FixHistory(past, since)
    others = tuple(map(float, wild_counts(random, trial.control, trial.phi, (16 + weeks,))))
    return FixHistory(past, since, exposure_before=others[:16], exposure_after=others[16:])


def verdict_shares(
    random: np.random.Generator, trial: Trial, runs: int, weeks: int = LOOKS[-1]
) -> Mapping[Verdict, float]:
    """Return how often each verdict stands after the last look; once verified counts as verified
    even when the incidents came back afterwards."""
    counts: Counter[Verdict] = Counter()
    for _ in range(runs):
        verdict = assess_fix(_history(random, trial, weeks)).verdict
        counts[Verdict.VERIFIED if verdict is Verdict.REGRESSED else verdict] += 1
    return {verdict: counts[verdict] / runs for verdict in Verdict}


def _ever_verified(histories: Iterator[FixHistory], runs: int) -> tuple[float, float]:
    """Return the shares of verified (also for a while) and of partial fixes among these."""
    counts = Counter(assess_fix(one).verdict for one in histories)
    return (
        (counts[Verdict.VERIFIED] + counts[Verdict.REGRESSED]) / runs,
        counts[Verdict.PARTIAL] / runs,
    )


def _outbreaks(random: np.random.Generator, background: float, runs: int) -> Iterator[FixHistory]:
    """Causes that hardly ever came, then 15 a week for four weeks, and faded by themselves."""
    for _ in range(runs):
        calm = wild_counts(random, background, 1.0, (12,))
        spike = wild_counts(random, 15.0, 2.0, (SPIKE_WEEKS,))
        after = wild_counts(random, background, 1.0, (LOOKS[-1],))
        yield FixHistory(tuple(map(int, (*calm, *spike))), tuple(map(int, after)))


def _young(
    random: np.random.Generator, age: int, kept: float, records: int, runs: int
) -> Iterator[FixHistory]:
    """Causes that began `age` weeks before the choice, in a desk with `records` weeks of tickets;
    `kept` of their 6 a week are left afterwards although the fix is useless."""
    for _ in range(runs):
        seen = wild_counts(random, 6.0, 2.0, (age,))
        before = (*[0] * (records - age), *map(int, seen))
        after = wild_counts(random, max(6.0 * kept, 1e-9), 2.0, (LOOKS[-1],))
        yield FixHistory(before, tuple(map(int, after)))


def _useless_by_selection(random: np.random.Generator, runs: int) -> Iterator[tuple[str, float]]:
    """Useless fixes of causes that were chosen for a spike, or soon after they began."""
    for background in (0.02, 0.1, 0.2):
        found = _ever_verified(_outbreaks(random, background, runs), runs)
        name = f"outbreak that fades by itself, {background:g} a week before"
        yield f"{name}: verified", found[0]
        yield f"{name}: partial", found[1]
    for kept, name in ((1.0, "goes on"), (0.02, "fades by itself")):
        verified = partial = 0.0
        for age in range(4, 12):
            for records in {age, 16}:
                found = _ever_verified(_young(random, age, kept, records, runs // 4), runs // 4)
                verified, partial = max(verified, found[0]), max(partial, found[1])
        yield f"young cause of 4–11 weeks that {name}: verified (worst)", verified
        yield f"young cause of 4–11 weeks that {name}: partial (worst)", partial


def measure_fixes(runs: int = 1500) -> Iterator[Figure]:
    """Useless fixes called verified, and real ones recognised."""
    random = np.random.default_rng(20_160)
    worst = 0.0
    for control in (0.0, 60.0, 6.0):
        beside = f", control of {control:.0f}" if control else ""
        for phi in (1.0, 2.0, 3.0):
            for mean in (2.0, 6.0, 20.0):
                shares = verdict_shares(random, Trial(mean, phi, 1.0, control), runs)
                worst = max(worst, shares[Verdict.VERIFIED])
                name = f"useless fix, φ {phi:.0f}, {mean:.0f} a week{beside}"
                yield Figure(f"{name}: verified", shares[Verdict.VERIFIED])
                yield Figure(f"{name}: partial", shares[Verdict.PARTIAL])
    yield Figure("useless fix ever verified (worst)", worst, 0.02, at_least=False)
    worst = 0.0
    for name, share in _useless_by_selection(random, runs):
        worst = max(worst, share if "verified" in name else 0.0)
        yield Figure(name, share)
    yield Figure("useless fix of a spike or young cause verified", worst, 0.02, at_least=False)
    for kept in (0.0, 0.3, 0.5):
        for mean in (2.0, 6.0, 20.0):
            shares = verdict_shares(random, Trial(mean, 2.0, kept), runs // 3)
            name = f"{1 - kept:.0%} cured, φ 2, {mean:.0f} a week"
            yield Figure(f"{name}: verified", shares[Verdict.VERIFIED])
            yield Figure(f"{name}: partial", shares[Verdict.PARTIAL])


def _naive(history: FixHistory, before: Sequence[int]) -> bool:
    """Tell whether plain weekly looks at 95 % would ever have called the fix a success."""
    return any(
        rate_ratio(sum(before), sum(history.after[:week]), len(before), week, 0.95).high < 1
        for week in range(1, len(history.after) + 1)
    )


def measure_calibration(runs: int = 1500) -> Iterator[Figure]:
    """What the rules of a verified fix are there for, and whether their limits hold."""
    random = np.random.default_rng(4)
    for phi in (1.0, 2.0, 3.0):
        found = [_history(random, Trial(6.0, phi, 1.0), LOOKS[-1]) for _ in range(runs)]
        naive = sum(_naive(one, one.before[:12]) for one in found) / runs
        yield Figure(f"useless, weekly looks at 95 %, φ {phi:.0f}: called a success", naive)
        spike = sum(_naive(one, one.before[-4:]) for one in found) / runs
        yield Figure(f"the same against its four worst weeks, φ {phi:.0f}", spike)
    for phi in (1.0, 2.0, 3.0):
        inside = sum(_covered(random, phi) for _ in range(runs)) / runs
        yield Figure(f"95 % limits of the fall hold the true one, φ {phi:.0f}", inside, 0.93)
    yield from _relapses(random, runs // 3)


def _covered(random: np.random.Generator, phi: float) -> bool:
    fall = assess_fix(_history(random, Trial(8.0, phi, 0.25), 8)).fall_per_week
    return fall.low <= 8.0 * 0.75 <= fall.high


def _relapses(random: np.random.Generator, runs: int) -> Iterator[Figure]:
    """Regression alarms within half a year of verified fixes: of those that hold and of those
    whose incidents come back to the old rate after twelve weeks."""
    for name, later in (("that holds", 0.1), ("that comes undone", 1.0)):
        verified = alarms = 0
        for _ in range(runs):
            history = _history(random, Trial(6.0, 2.0, 0.1), LOOKS[-1])
            if assess_fix(history).verdict is not Verdict.VERIFIED:
                continue
            more = tuple(map(int, wild_counts(random, 6.0 * later, 2.0, (26,))))
            verified += 1
            found = assess_fix(FixHistory(history.before, history.after + more))
            alarms += found.verdict is Verdict.REGRESSED
        yield Figure(f"alarm on a fix {name}, 26 weeks", alarms / max(verified, 1))


def _quiet(random: np.random.Generator, weeks: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return days with the level, weekdays and wildness of a real series and no true burst."""
    mean = max(float(weeks.mean()), 1e-6)
    shape = (weeks.sum(axis=0) + 2 * mean) / ((len(weeks) + 2) * mean)
    phi = dispersion((weeks / np.maximum(shape, 0.05)).ravel().tolist())
    columns = [wild_counts(random, mean * share, phi, (length,)) for share in shape.tolist()]
    return np.stack(columns, axis=1).ravel()


_BASELINE_DAYS = 7 * MAX_BASELINE_WEEKS


def measure_bursts(copies: int = 3) -> Iterator[Figure]:
    """Bursts announced on 90 quiet days drawn like real series, and true ones seen.

    As in the product the last seven days are looked at every day. Days in a row on which one is
    announced are one false burst.
    """
    random = np.random.default_rng(7)
    try:
        series = load_daily_counts()
    except DataMissingError:
        series = [
            wild_counts(random, mean, 1.8, (11, 7)) for mean in np.geomspace(0.02, 6, 60).tolist()
        ]
    begun = shown = days = seen = true = 0
    for weeks in series * copies:
        drawn = [int(count) for count in _quiet(random, weeks, 28)]
        looks = range(_BASELINE_DAYS + 7, _BASELINE_DAYS + 7 + 90)
        before = _is_burst(drawn, looks.start - 1)
        for at in looks:
            now = _is_burst(drawn, at)
            begun += now and not before
            shown += now
            days += 1
            before = now
        # An outage: eight tickets above the usual and at least four times it.
        for at in looks[::15]:
            seen += _is_burst(drawn, at, max(8, 4 * round(float(weeks.mean()))))
            true += 1
    monthly = begun / days * 30 * 100
    yield Figure("false bursts per 100 clusters and month", monthly, 1.0, at_least=False, digits=2)
    yield Figure("share of quiet days on which one stands", shown / days)
    yield Figure("bursts of 8 and 5 times the usual seen", seen / true)
    yield Figure("series", len(series), digits=0)


def _is_burst(days: Sequence[int], at: int, more: int = 0) -> bool:
    """Whether a burst stands on day `at`, with so many more tickets on that day."""
    end = at + 1
    weekly = [sum(days[start : start + 7]) for start in range(end - 7 - _BASELINE_DAYS, end, 7)]
    return burst_of(weekly[:-1], weekly[-1] + more, organisations=2).is_burst
