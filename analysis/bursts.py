"""Is this more than usual, and what changed before it began?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp, log

from scipy.special import betainc, gammainc

MIN_BASELINE_WEEKS = 8
MAX_BASELINE_WEEKS = 12
MAX_CHANCE = 0.001
MIN_TICKETS = 4
MIN_ORGANISATIONS = 2
_USUAL_DISPERSION = 3.0
_DISPERSION_PRIOR_WEEKS = 4
# Times nearer than this are one moment: reports of one outage come in together.
_SHORTEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Burst:
    """The test of the last seven days against the weeks before them.

    `weeks` is how many of those there are, 0 while there are too few to say anything; `chance` is
    how likely a count this high is in a usual week. The ratio is taken against one ticket a week at
    least: "fourteen times the usual" of almost nothing would mean nothing.
    """

    count: int
    weeks: int
    expected: float
    dispersion: float
    chance: float
    ratio: float | None
    is_burst: bool


def dispersion(counts: Sequence[float]) -> float:
    """Return max(1, variance ÷ mean): how much wilder than Poisson a series is; 1 when empty."""
    if len(counts) < 2:
        return 1.0
    mean = sum(counts) / len(counts)
    if mean <= 0:
        return 1.0
    variance = sum((count - mean) ** 2 for count in counts) / (len(counts) - 1)
    return max(1.0, variance / mean)


def upper_tail(count: int, mean: float, phi: float) -> float:
    """Return P(X ≥ count) for a Poisson of this mean, or a negative binomial with variance φ·mean
    when φ > 1."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if phi <= 1.0 + 1e-9:
        return float(gammainc(count, mean))
    return float(betainc(count, mean / (phi - 1), 1 - 1 / phi))


def expected_in_a_week(baseline: Sequence[int]) -> float:
    """Return the mean of these weeks with half a ticket more than seen: a cluster without history
    is not "infinitely" surprising."""
    return (sum(baseline) + 0.5) / max(len(baseline), 1)


def burst_of(baseline: Sequence[int], count: int, organisations: int) -> Burst:
    """Test the count of the last seven days against the weeks before them, oldest first.

    Only the last 12 weeks are used and at least 8 are needed, otherwise the answer is never a
    burst. The spread is the baseline's own or wider: φ, variance ÷ mean and at least 1, is averaged
    with four weeks of φ = 3, because a few quiet weeks do not prove that a series is tame, and
    widened by the uncertainty of the mean, φ·(1 + φ ÷ weeks). A burst has a chance
    below 0.001 under a negative binomial of that variance, is higher than every week of the
    baseline, and has four tickets from two organisations: one angry customer is not an outage.
    """
    used = baseline[-MAX_BASELINE_WEEKS:]
    weeks = len(used)
    if weeks < MIN_BASELINE_WEEKS:
        return Burst(count, 0, 0.0, 1.0, 1.0, None, is_burst=False)
    expected = expected_in_a_week(used)
    prior = _DISPERSION_PRIOR_WEEKS
    phi = (weeks * dispersion(used) + prior * _USUAL_DISPERSION) / (weeks + prior)
    phi *= 1 + phi / weeks
    chance = upper_tail(count, expected, phi)
    many = count >= MIN_TICKETS and organisations >= MIN_ORGANISATIONS
    is_burst = many and chance < MAX_CHANCE and count > max(used)
    ratio = round(count / max(expected, 1.0), 2)
    return Burst(count, weeks, expected, phi, chance, ratio, is_burst=is_burst)


@dataclass(frozen=True, slots=True)
class ChangeWeights:
    """The weights of the four parts and the decay; refitted from people's answers."""

    time: float = 0.40
    component: float = 0.25
    text: float = 0.20
    surge: float = 0.15
    tau_hours: float = 48.0
    window_days: int = 14


COMPONENT_MATCH: Mapping[str, float] = {
    "same": 1.0,
    "service": 0.2,
    "none": 0.0,
}
"""How much a change on the same component or the same service counts."""


@dataclass(frozen=True, slots=True)
class ChangeCandidate:
    """One change, release or deployment that went live before the incident.

    `component` is one of same, service, none; `similarity` compares the release note
    with the incident (0 to 1); `count_since` and `expected_since` are tickets of the cluster since
    the change and what its baseline would give in that time; `dispersion` is that baseline's φ.
    """

    id: int
    started_at: datetime
    component: str
    similarity: float = 0.0
    count_since: int = 0
    expected_since: float = 0.0
    dispersion: float = 1.0


@dataclass(frozen=True, slots=True)
class ChangeScore:
    """How likely a change is the cause, with the four parts (already weighted) that sum to it."""

    id: int
    score: float
    time: float
    component: float
    text: float
    surge: float
    reasons: tuple[str, ...] = field(default=())


def _ago(hours: float) -> str:
    if hours < 1:
        return f"{max(round(hours * 60), 1)} minutes"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"


def _change_reasons(change: ChangeCandidate, hours: float) -> tuple[str, ...]:
    found = [f"began {_ago(hours)} after this change"]
    where = {
        "same": "changes the same component",
        "service": "changes the same service",
    }
    if change.component in where:
        found.append(where[change.component])
    if change.similarity >= 0.3:
        found.append("its description resembles the incidents")
    if change.count_since > 2 * max(change.expected_since, 0.5):
        found.append(
            f"{change.count_since} incidents since, about {change.expected_since:.0f} expected"
        )
    return tuple(found)


def onset(times: Sequence[datetime]) -> datetime | None:
    """Return when a surge began: the first of the times, unless few came before many; None without
    any.

    The times are split where two Poisson rates, a lower and then a higher one, explain them best:
    k·ln(k/T₁) + m·ln(m/T₂) for k times in T₁ before the split and m in T₂ from it on, m at least
    four. Splitting has to be better than one rate for all by more than ln n + 2; a stray older time
    says nothing about when it began. Source: maximum likelihood of one change of a Poisson rate,
    Raftery and Akman, Biometrika 73 (1986), with the penalty of Schwarz (1978).
    """
    seen = sorted(times)
    if not seen:
        return None
    count, best, began = len(seen), log(len(seen)) + 2, seen[0]
    whole = _likelihood(count, seen[-1] - seen[0])
    for k in range(1, count - MIN_TICKETS + 1):
        before, after = seen[k] - seen[0], seen[-1] - seen[k]
        if k * max(after, _SHORTEST) >= (count - k) * max(before, _SHORTEST):
            continue
        gain = _likelihood(k, before) + _likelihood(count - k, after) - whole
        if gain > best:
            best, began = gain, seen[k]
    return began


def _likelihood(count: int, span: timedelta) -> float:
    return count * log(count / (max(span, _SHORTEST) / timedelta(hours=1)))


def first_seen_after(
    first_seen: datetime,
    changes: Sequence[ChangeCandidate],
    *,
    weights: ChangeWeights | None = None,
    limit: int = 3,
) -> tuple[ChangeScore, ...]:
    """Return the changes that may have caused what was first seen then, most likely first.

    Changes later than the incident or older than the window are left out; unrelated components
    stay in only on the strength of the other parts.
    """
    weights = weights or ChangeWeights()
    found: list[ChangeScore] = []
    for change in changes:
        hours = (first_seen - change.started_at).total_seconds() / 3_600
        if not 0 <= hours <= 24 * weights.window_days:
            continue
        surge = 0.0
        if change.count_since > 0:
            chance = upper_tail(
                change.count_since, max(change.expected_since, 0.05), change.dispersion
            )
            surge = 1 - chance
        parts = (
            weights.time * exp(-hours / weights.tau_hours),
            weights.component * COMPONENT_MATCH[change.component],
            weights.text * min(max(change.similarity, 0.0), 1.0),
            weights.surge * surge,
        )
        found.append(ChangeScore(change.id, sum(parts), *parts, _change_reasons(change, hours)))
    return tuple(sorted(found, key=lambda one: (-one.score, one.id))[:limit])
