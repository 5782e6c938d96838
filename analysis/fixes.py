"""Did the fix work? A verdict that useless fixes do not get, and a sentence that says it.

Weekly counts before and after are compared by an exact test with over-dispersion, only after
4, 8 and 12 weeks, each at a third of 5 % so that looking three times costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.fixwords import limits_of, sentence_of
from analysis.rates import (
    Baseline,
    Interval,
    RateRatio,
    choose_baseline,
    prediction_limit,
    rate_fall,
    rate_limits,
    rate_ratio,
)
from analysis.verdicts import Assessment, FixHistory, Verdict

__all__ = [
    "LOOKS",
    "Assessment",
    "Baseline",
    "FixHistory",
    "Interval",
    "RateRatio",
    "Verdict",
    "assess_fix",
    "choose_baseline",
]

LOOKS = (4, 8, 12)
ALPHA = 0.05
LEVEL = 1 - ALPHA / len(LOOKS)
SHOWN_LEVEL = 0.95
VERIFIED_BELOW = 0.5
PARTIAL_BELOW = 1.0
NOT_EFFECTIVE_ABOVE = 0.67
MIN_EXPECTED = 10.0
RELAPSE_WEEKS = 4
RELAPSE_CHANCE = 0.001
MIN_RELAPSE = 3


@dataclass(frozen=True, slots=True)
class _Look:
    week: int
    ratio: RateRatio
    verdict: Verdict


def _exposure_after(history: FixHistory, weeks: int) -> float:
    if history.exposure_after is None:
        return float(weeks)
    return float(sum(history.exposure_after[:weeks]))


def _compare(baseline: Baseline, count: float, exposure: float) -> RateRatio:
    phi = baseline.dispersion
    return rate_ratio(baseline.count / phi, count / phi, baseline.exposure, exposure, LEVEL)


def _judge(baseline: Baseline, ratio: RateRatio, exposure: float) -> Verdict:
    if baseline.enough and ratio.high < VERIFIED_BELOW:
        return Verdict.VERIFIED
    if baseline.enough and ratio.high < PARTIAL_BELOW:
        return Verdict.PARTIAL
    expected = exposure * baseline.count / baseline.exposure if baseline.exposure else 0.0
    if ratio.low > NOT_EFFECTIVE_ABOVE and expected >= MIN_EXPECTED:
        return Verdict.NOT_EFFECTIVE
    return Verdict.WATCHING


def _looks(history: FixHistory, baseline: Baseline) -> list[_Look]:
    """Return the looks made so far; a verified one is final and ends the looking."""
    made: list[_Look] = []
    for week in LOOKS if history.verified_at is None else (history.verified_at,):
        if week > len(history.after):
            break
        exposure = _exposure_after(history, week)
        ratio = _compare(baseline, sum(history.after[:week]), exposure)
        known = None if history.verified_at is None else Verdict.VERIFIED
        made.append(_Look(week, ratio, known or _judge(baseline, ratio, exposure)))
        if made[-1].verdict is Verdict.VERIFIED:
            break
    return made


def _relapse(history: FixHistory, verified_at: int, phi: float) -> tuple[int, int] | None:
    """Return the first 28-day count above its prediction limit, and that limit; None if none."""
    seen = sum(history.after[:verified_at])
    exposure = _exposure_after(history, verified_at)
    for stop in range(verified_at + 1, len(history.after) + 1):
        start = max(verified_at, stop - RELAPSE_WEEKS)
        count = sum(history.after[start:stop])
        ahead = _exposure_after(history, stop) - _exposure_after(history, start)
        limit = prediction_limit(seen, exposure, ahead, phi, RELAPSE_CHANCE)
        if count > limit and count >= MIN_RELAPSE:
            return count, limit
    return None


def _weeks_to_go(history: FixHistory, baseline: Baseline) -> int | None:
    """Return how many weeks until a look can verify if things go on like this; None if never."""
    if not baseline.enough:
        return None
    done = len(history.after)
    count = float(sum(history.after))
    exposure = _exposure_after(history, done)
    each = exposure / done if done else baseline.exposure / max(baseline.weeks, 1)
    for week in (look for look in LOOKS if look > done):
        ahead = (week - done) * each
        projected = count + (count / exposure * ahead if exposure > 0 else 0.0)
        if _compare(baseline, projected, exposure + ahead).high < VERIFIED_BELOW:
            return week - done
    return None


def _fall_per_week(history: FixHistory, baseline: Baseline) -> Interval:
    done = len(history.after)
    exposure = _exposure_after(history, done)
    if not done or baseline.exposure <= 0 or exposure <= 0:
        return Interval(0.0, 0.0, 0.0)
    phi = baseline.dispersion
    before = rate_limits(baseline.count, baseline.exposure, phi, SHOWN_LEVEL)
    after = rate_limits(sum(history.after), exposure, phi, SHOWN_LEVEL)
    return rate_fall(before, after).times(exposure / done)


def assess_fix(history: FixHistory, *, minutes_per_ticket: float | None = None) -> Assessment:
    """Return the verdict on a fix with every number behind it and the sentence that says it.

    `watching` is the answer until a look decides, and also when twelve weeks could not; then
    `undecided` is true. `verified` is final except for a relapse. `partial` may still become
    verified. A cause with too little history before its spike can be `not_effective`, never a
    success: a spike that fades by itself looks the same. `minutes_per_ticket` is the median
    handling time, for the hours saved.
    """
    baseline = choose_baseline(
        history.before,
        spike_weeks=history.spike_weeks,
        exposure=history.exposure_before,
    )
    looks = _looks(history, baseline)
    verdict = looks[-1].verdict if looks else Verdict.WATCHING
    relapse = None
    if verdict is Verdict.VERIFIED:
        relapse = _relapse(history, looks[-1].week, baseline.dispersion)
        if relapse or history.reported_on_fixed_version or history.still_broken:
            verdict = Verdict.REGRESSED
    done = len(history.after)
    exposure = _exposure_after(history, done)
    ratio = looks[-1].ratio if looks else _compare(baseline, sum(history.after), exposure)
    fall = _fall_per_week(history, baseline)
    expected = exposure * baseline.count / baseline.exposure if baseline.exposure else 0.0
    still_looking = verdict in (Verdict.WATCHING, Verdict.PARTIAL) and done < LOOKS[-1]
    avoided = fall.times(done)
    hours = None if minutes_per_ticket is None else avoided.times(minutes_per_ticket / 60)
    assessment = Assessment(
        verdict=verdict,
        baseline=baseline,
        weeks_watched=done,
        last_look=looks[-1].week if looks else None,
        observed=sum(history.after),
        expected=expected,
        ratio=ratio,
        fall_per_week=fall,
        avoided=avoided,
        hours_saved=hours,
        weeks_to_go=_weeks_to_go(history, baseline) if still_looking else None,
        undecided=verdict is Verdict.WATCHING and done >= LOOKS[-1],
        relapse=relapse,
        reported_on_fixed_version=history.reported_on_fixed_version,
        with_control=history.exposure_after is not None,
        still_broken=history.still_broken,
    )
    return replace(
        assessment,
        sentence=sentence_of(assessment),
        does_not_show=limits_of(assessment),
    )


def weekly_totals(daily: Sequence[int]) -> tuple[int, ...]:
    """Return full weeks of daily counts, counted back from the last day; a rest is dropped."""
    start = len(daily) % 7
    return tuple(sum(daily[at : at + 7]) for at in range(start, len(daily), 7))
