"""Which way a cluster goes, in one word. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

LATELY = 4
BEFORE = 8
GROWTH = 1.3
FADING = 0.6


@dataclass(frozen=True)
class Trend:
    """A word, what to write for it, and its tone."""

    word: str
    text: str
    tone: str


def trend(weekly: Sequence[int], *, is_burst: bool, ratio: float | None) -> Trend:
    """Accelerating when its last week is a burst; else four weeks against the eight before."""
    if is_burst:
        return Trend("accelerating", f"accelerating ×{ratio:g}" if ratio else "accelerating", "red")
    lately = sum(weekly[-LATELY:])
    before = sum(weekly[-LATELY - BEFORE : -LATELY]) * LATELY / BEFORE
    if lately == 0:
        return Trend("quiet", "quiet for four weeks", "grey")
    if before == 0:
        return Trend("new", "new", "amber")
    if lately >= GROWTH * before and lately >= before + 2:
        return Trend("growing", "growing", "amber")
    if lately <= FADING * before:
        return Trend("fading", "fading", "green")
    return Trend("steady", "steady", "grey")
