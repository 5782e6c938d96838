"""Consumed time, deadlines and their reasons; pure.

consumed(t) = working time of the calendar within the running stretches up to t
deadline    = the first t with consumed(t) ≥ the target's amount

Both are worked out anew from the whole history each time, so that no pause is counted twice or
forgotten, and cutting a stretch in two changes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from incidents.clocks.calendars import Calendar
from incidents.clocks.rules import Effect, Rules, Target

NOTHING = timedelta()


@dataclass(frozen=True)
class Stretch:
    """A stretch of time in one state; `ended_at` is None while it lasts."""

    category: str
    started_at: datetime
    ended_at: datetime | None
    reason: str = ""
    state: str = ""


@dataclass(frozen=True)
class Part:
    """A stretch as one clock reads it; only the last one may have no end."""

    effect: Effect
    started_at: datetime
    ended_at: datetime | None
    state: str = ""
    reason: str = ""


def course(
    stretches: Iterable[Stretch],
    rules: Rules,
    target: Target,
    *,
    start: datetime,
    stop: datetime | None = None,
) -> list[Part]:
    """What a target's clock did from `start` to `stop` (None: it goes on)."""
    parts: list[Part] = []
    for one in sorted(stretches, key=lambda stretch: stretch.started_at):
        begin = max(one.started_at, start)
        end = one.ended_at
        if stop is not None:
            end = stop if end is None else min(end, stop)
        if end is not None and end <= begin:
            continue
        effect = rules.effect(target, one.category, one.reason)
        parts.append(Part(effect, begin, end, one.state, one.reason))
    return parts


def consumed(parts: Iterable[Part], calendar: Calendar, until: datetime) -> timedelta:
    """Working time on the clock up to `until`."""
    total = NOTHING
    for part in parts:
        if part.effect == Effect.RUNNING and part.started_at < until:
            total += calendar.working(part.started_at, min(part.ended_at or until, until))
    return total


def deadline(
    parts: Sequence[Part], calendar: Calendar, amount: timedelta, stop: datetime | None = None
) -> datetime | None:
    """When `amount` of working time is used up.

    A clock that has stopped with time left has the deadline it would have met by running on, so
    that both can be compared. None while the clock is paused with time left, when no instant can
    be named, and when the calendar never offers that much time.
    """
    left = amount
    for part in parts:
        if part.effect != Effect.RUNNING:
            continue
        if part.ended_at is None:
            return calendar.add(part.started_at, left)
        worked = calendar.working(part.started_at, part.ended_at)
        if worked >= left:
            return calendar.add(part.started_at, left)
        left -= worked
    return None if stop is None else calendar.add(stop, left)


class SegmentKind(StrEnum):
    """Why a stretch counted or did not."""

    RUNNING = "running"
    OUTSIDE_HOURS = "outside_hours"
    PAUSED = "paused"
    RESOLVED_GAP = "resolved_gap"


@dataclass(frozen=True)
class Segment:
    """A stretch of one kind, and the time consumed when it ended.

    `ahead` segments lie after now: what will happen if nothing changes.
    """

    kind: SegmentKind
    started_at: datetime
    ended_at: datetime
    consumed: timedelta
    state: str = ""
    reason: str = ""
    ahead: bool = False

    @property
    def length(self) -> timedelta:
        return self.ended_at - self.started_at


def explain(
    parts: Sequence[Part], calendar: Calendar, *, now: datetime, due: datetime | None
) -> list[Segment]:
    """Every segment up to now, and those ahead up to `due`; nothing is left out between them.

    Neighbours of one kind and reason are one segment.
    """
    found: list[Segment] = []
    used = NOTHING
    for part in parts:
        end = part.ended_at
        for begin, stop, ahead in _halves(part.started_at, end, now, due):
            for one in _cut(part, calendar, begin, stop):
                kind, since, until = one
                if kind == SegmentKind.RUNNING:
                    used += until - since
                _append(found, Segment(kind, since, until, used, part.state, part.reason, ahead))
    return found


def _halves(
    start: datetime, end: datetime | None, now: datetime, due: datetime | None
) -> Iterator[tuple[datetime, datetime, bool]]:
    """A part up to now, and the rest of a part without an end up to the deadline."""
    past = now if end is None else min(end, now)
    if start < past:
        yield start, past, False
    if end is None and due is not None and due > max(start, now):
        yield max(start, now), due, True


def _cut(
    part: Part, calendar: Calendar, start: datetime, end: datetime
) -> Iterator[tuple[SegmentKind, datetime, datetime]]:
    """A running part cut at the edges of working hours; others stay whole."""
    if part.effect != Effect.RUNNING:
        yield SegmentKind(part.effect.value), start, end
        return
    reached = start
    for begin, stop in calendar.spans(start, end):
        if reached < begin:
            yield SegmentKind.OUTSIDE_HOURS, reached, begin
        yield SegmentKind.RUNNING, begin, stop
        reached = stop
    if reached < end:
        yield SegmentKind.OUTSIDE_HOURS, reached, end


def _append(found: list[Segment], one: Segment) -> None:
    last = found[-1] if found else None
    joins = last is not None and (
        (last.kind, last.reason, last.ahead, last.ended_at)
        == (one.kind, one.reason, one.ahead, one.started_at)
        and (one.kind != SegmentKind.PAUSED or last.state == one.state)
    )
    if last is not None and joins:
        found[-1] = replace(last, ended_at=one.ended_at, consumed=one.consumed)
    else:
        found.append(one)


def percent(used: timedelta, amount: timedelta) -> int:
    """How much of a target is used, in whole percent rounded down; waiting is no part of it."""
    return 100 * used // amount if amount > NOTHING else 0
