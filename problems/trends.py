"""Which way a cluster goes, in one word, and what that word means."""

from dataclasses import dataclass

from analysis.bursts import (
    MAX_BASELINE_WEEKS,
    MAX_CHANCE,
    MIN_BASELINE_WEEKS,
    MIN_ORGANISATIONS,
    MIN_TICKETS,
    expected_in_a_week,
)
from problems.models import Cluster

LATELY = 4
BEFORE = 8
GROWTH = 1.3
FADING = 0.6


BURST = (
    f"A burst: the tickets of the last seven days are more than in each of the"
    f" {MIN_BASELINE_WEEKS} to {MAX_BASELINE_WEEKS} weeks before them, a usual week would bring as"
    f" many with a chance below {MAX_CHANCE}, and there are at least {MIN_TICKETS} from"
    f" {MIN_ORGANISATIONS} organisations. × says how many times the expected count it is, taken"
    " against one ticket a week at least; expected is the mean of those weeks."
)
OTHERWISE = (
    f"The last {LATELY} weeks against the {BEFORE} before them, counted as {LATELY}: growing from"
    f" {GROWTH} times as many (and two more), fading up to {FADING} times, steady between; new when"
    " nothing came before, quiet when nothing came lately."
)
CONFIDENCE = (
    "How sure it is that a ticket belongs to the cluster. After a run over everything: half its"
    " closeness to the centre (0 to 100), half the share of its nearest tickets that are in the"
    " same cluster, and 95 at least where an exact key is shared. For a ticket that came between"
    " two runs: its closeness to the centre, 100 by an exact key, 90 by an error code. Confirmed: a"
    " person said so."
)


@dataclass(frozen=True)
class Trend:
    """A word, what to write for it, its tone, the counts behind it, and the word's definition."""

    word: str
    text: str
    tone: str
    counts: str = ""
    definition: str = OTHERWISE


def trend_of(cluster: Cluster) -> Trend:
    """Accelerating when its last week is a burst; else four weeks against the eight before."""
    weekly = cluster.weekly
    lately = sum(weekly[-LATELY:])
    earlier = sum(weekly[-LATELY - BEFORE : -LATELY])
    if cluster.is_burst:
        return _burst(cluster)
    counts = f"{lately} in the last {LATELY} weeks, {earlier} in the {BEFORE} before"
    before = earlier * LATELY / BEFORE
    if lately == 0:
        return Trend("quiet", "quiet for four weeks", "grey", counts)
    if before == 0:
        return Trend("new", "new", "amber", counts)
    if lately >= GROWTH * before and lately >= before + 2:
        return Trend("growing", "growing", "amber", counts)
    if lately <= FADING * before:
        return Trend("fading", "fading", "green", counts)
    return Trend("steady", "steady", "grey", counts)


def _burst(cluster: Cluster) -> Trend:
    weeks, ratio = cluster.burst_weeks, cluster.burst_ratio
    text = f"accelerating ×{ratio:g}" if ratio else "accelerating"
    baseline = cluster.weekly[len(cluster.weekly) - 1 - weeks : -1]
    counts = (
        f"{cluster.weekly[-1]} in the last seven days,"
        f" {expected_in_a_week(baseline):.1f} expected from the {weeks} weeks before"
        if weeks
        else ""
    )
    return Trend("accelerating", text, "red", counts, BURST)
