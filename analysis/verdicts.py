"""The records of a fix under watch and of what came out."""

from dataclasses import dataclass
from enum import StrEnum

from analysis.rates import SPIKE_WEEKS, Baseline, Interval, RateRatio


class Verdict(StrEnum):
    """The states of a shipped fix."""

    WATCHING = "watching"
    VERIFIED = "verified"
    PARTIAL = "partial"
    NOT_EFFECTIVE = "not_effective"
    REGRESSED = "regressed"


@dataclass(frozen=True, slots=True)
class FixHistory:
    """Weekly incident counts of one cause, oldest first, full weeks only.

    `before` ends when the cause was chosen, `after` begins when users had the fix. `spike_weeks`
    of `before` led to the choice. `exposure_*` are per week, in one unit: active users, or all
    other incidents of the same service as a control; leave out to count calendar weeks.
    `still_broken` is how many of those who were told of the fix said, after it had been verified,
    that it does not help. `verified_at` is the week of the look that verified it, once one has:
    what is recounted later does not take that back, and the watch goes on from there.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    exposure_before: tuple[float, ...] | None = None
    exposure_after: tuple[float, ...] | None = None
    spike_weeks: int = SPIKE_WEEKS
    reported_on_fixed_version: bool = False
    still_broken: int = 0
    verified_at: int | None = None

    def __post_init__(self) -> None:
        if (self.exposure_before is None) != (self.exposure_after is None):
            raise ValueError("Exposure must be given before and after, or for neither.")
        for counts, exposure in (
            (self.before, self.exposure_before),
            (self.after, self.exposure_after),
        ):
            if min(counts, default=0) < 0:
                raise ValueError("A weekly count cannot be negative.")
            if exposure is not None and len(exposure) != len(counts):
                raise ValueError("Exposure must have one value for each week.")


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything behind a verdict.

    `ratio` is from the last look (its limits at 98.3 %), `fall_per_week`, `avoided` and
    `hours_saved` carry 95 % limits over all weeks watched. `weeks_to_go` is None when nothing is
    awaited or twelve weeks will not do. `relapse` is (count, limit) of 28 days.
    """

    verdict: Verdict
    baseline: Baseline
    weeks_watched: int
    last_look: int | None
    observed: int
    expected: float
    ratio: RateRatio
    fall_per_week: Interval
    avoided: Interval
    hours_saved: Interval | None
    weeks_to_go: int | None
    undecided: bool
    relapse: tuple[int, int] | None
    reported_on_fixed_version: bool
    with_control: bool
    still_broken: int = 0
    sentence: str = ""
    does_not_show: tuple[str, ...] = ()
