"""Clock arithmetic of targets; pure. The clock runs while work is support's turn.

A deadline is a function of the status intervals and the target, nothing else: it is worked out
anew after every change, so a pause is never counted twice or forgotten.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

RUNNING = "open"
WAITING_PREFIX = "waiting_"


@dataclass(frozen=True)
class Stretch:
    """A stretch of time in one category; `ended_at` is None while it lasts."""

    category: str
    started_at: datetime
    ended_at: datetime | None


def consumed(stretches: Iterable[Stretch], until: datetime) -> timedelta:
    """Time on the clock up to `until`."""
    total = timedelta()
    for one in stretches:
        if one.category == RUNNING and one.started_at < until:
            total += min(one.ended_at or until, until) - one.started_at
    return total


def deadline(stretches: Iterable[Stretch], target: timedelta) -> datetime | None:
    """When `target` time on the clock is used up.

    None while the clock is paused with time left: no instant can be named then. For a resolved
    ticket it is the instant it would have been without resolving, so that both can be compared.
    """
    left = target
    stopped_at: datetime | None = None
    for one in sorted(stretches, key=lambda stretch: stretch.started_at):
        if one.category == RUNNING:
            if one.ended_at is None or one.ended_at - one.started_at >= left:
                return one.started_at + left
            left -= one.ended_at - one.started_at
        if one.category == RUNNING or one.category.startswith(WAITING_PREFIX):
            stopped_at = None
        elif stopped_at is None:
            stopped_at = one.started_at
    return None if stopped_at is None else stopped_at + left


def paused(stretches: Iterable[Stretch], until: datetime) -> timedelta:
    """Time spent waiting for others up to `until`."""
    total = timedelta()
    for one in stretches:
        if one.category.startswith(WAITING_PREFIX) and one.started_at < until:
            total += min(one.ended_at or until, until) - one.started_at
    return total
