"""When somebody is at work, and how long they were: pure arithmetic on weekly hours."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]
LONGEST_LOOK_BACK = timedelta(days=400)


@dataclass(frozen=True)
class Shift:
    """A stretch of work on a weekday (Monday is 0), by the clock on the wall."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True)
class Schedule:
    """A person's weekly hours and the times they are away. No shifts: at work around the clock."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    shifts: Sequence[Shift] = ()
    away: Sequence[Span] = ()

    def is_working(self, at: datetime) -> bool:
        """True when the person is at work at this moment."""
        if any(start <= at < end for start, end in self.away):
            return False
        if not self.shifts:
            return True
        local = at.astimezone(self.zone)
        wall = local.time().replace(tzinfo=None)
        return any(
            one.weekday == local.weekday() and one.starts <= wall < one.ends for one in self.shifts
        )

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """Time at work between two moments; at most the last 400 days are looked at."""
        start = max(start, end - LONGEST_LOOK_BACK)
        if start >= end:
            return timedelta()
        spans = _joined(self._spans(start.astimezone(UTC), end.astimezone(UTC)))
        away = _joined(self.away)
        total = sum((stop - begin for begin, stop in spans), timedelta())
        lost = (
            max(min(stop, until) - max(begin, since), timedelta())
            for begin, stop in spans
            for since, until in away
        )
        return total - sum(lost, timedelta())

    def _spans(self, start: datetime, end: datetime) -> Iterator[Span]:
        if not self.shifts:
            yield start, end
            return
        for day in _days(start.astimezone(self.zone).date(), end.astimezone(self.zone).date()):
            for one in self.shifts:
                if one.weekday != day.weekday():
                    continue
                begin = datetime.combine(day, one.starts, self.zone).astimezone(UTC)
                stop = datetime.combine(day, one.ends, self.zone).astimezone(UTC)
                begin, stop = max(begin, start), min(stop, end)
                if begin < stop:
                    yield begin, stop


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same time without overlaps, so that nothing is counted twice."""
    joined: list[Span] = []
    for begin, stop in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((begin, stop))
    return joined
