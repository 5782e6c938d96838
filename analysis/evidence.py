"""The suggested support score of a cause among all open ones, with its parts in the open."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Burden:
    """What an open cause costs: agent minutes a week, organisations reached, change of inflow
    (0.12 = 12 % more than the weeks before), highest severity (larger is worse) and whether a
    workaround exists."""

    id: int
    minutes_per_week: float
    organisations: int
    trend: float
    severity: float
    has_workaround: bool


@dataclass(frozen=True, slots=True)
class SupportWeights:
    """How much each part counts; they are normalised to sum to one."""

    cost: float = 0.35
    reach: float = 0.25
    trend: float = 0.15
    severity: float = 0.15
    no_workaround: float = 0.10


@dataclass(frozen=True, slots=True)
class SupportScore:
    """Score out of 100 and its parts as points, which sum to it."""

    id: int
    score: float
    cost: float
    reach: float
    trend: float
    severity: float
    no_workaround: float

    def in_words(self) -> str:
        """Say what the score consists of, the largest part first."""
        parts = {
            "cost": self.cost,
            "reach": self.reach,
            "trend": self.trend,
            "severity": self.severity,
            "no workaround": self.no_workaround,
        }
        ranked = sorted(parts.items(), key=lambda part: -part[1])
        told = ", ".join(f"{name} {points:.0f}" for name, points in ranked if points >= 0.5)
        return f"{self.score:.0f} of 100: {told}" if told else f"{self.score:.0f} of 100"


def percentile(value: float, everyone: Sequence[float]) -> float:
    """Return the share of values below, equal ones counting half; 0.5 for a single value."""
    if not everyone:
        return 0.0
    ordered = sorted(everyone)
    below, upto = bisect_left(ordered, value), bisect_right(ordered, value)
    return (below + upto) / 2 / len(ordered)


def support_scores(
    open_causes: Sequence[Burden], weights: SupportWeights | None = None
) -> tuple[SupportScore, ...]:
    """Return the score of every open cause, highest first.

    Cost, reach, trend and severity count as the percentile among the open causes, so the score
    says "worse than most of what is open", not how bad it is in money.
    """
    weights = weights or SupportWeights()
    total = sum(
        (
            weights.cost,
            weights.reach,
            weights.trend,
            weights.severity,
            weights.no_workaround,
        )
    )
    if total <= 0:
        raise ValueError("At least one weight must be above zero.")
    scale = 100 / total
    costs = [cause.minutes_per_week for cause in open_causes]
    reaches = [float(cause.organisations) for cause in open_causes]
    trends = [cause.trend for cause in open_causes]
    severities = [cause.severity for cause in open_causes]
    found: list[SupportScore] = []
    for cause in open_causes:
        parts = (
            scale * weights.cost * percentile(cause.minutes_per_week, costs),
            scale * weights.reach * percentile(float(cause.organisations), reaches),
            scale * weights.trend * percentile(cause.trend, trends),
            scale * weights.severity * percentile(cause.severity, severities),
            scale * weights.no_workaround * (not cause.has_workaround),
        )
        found.append(SupportScore(cause.id, sum(parts), *parts))
    return tuple(sorted(found, key=lambda one: (-one.score, one.id)))
