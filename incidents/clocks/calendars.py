"""Working time of a business calendar; pure.

Working time is the set of instants whose day has hours that hold them. Each edge of those hours is
the *first* instant at which the wall clock of the zone shows it, or, when the clock jumps over it,
the instant of the jump. So hours stay in order and never overlap: a night in which the clock goes
back has an hour more, one in which it goes forward an hour less, and a day a zone leaves out has
none. Everything is counted in whole microseconds; nothing is rounded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
# No target lies further ahead: a calendar that needs longer answers "never".
HORIZON = timedelta(days=40 * 366)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MOST_REMEMBERED = 20_000

# Minutes of the day from which to which people work; the end is not part of it.
Hours = tuple[int, int]
Day = tuple[Hours, ...]
_Spans = tuple[tuple[int, int], ...]


def ticks(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def instant(count: int) -> datetime:
    """The instant that many microseconds after 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=count)


def tidy(hours: Sequence[Hours]) -> Day:
    """The same hours in order; those that touch or overlap become one."""
    found: list[Hours] = []
    for start, end in sorted(hours):
        if not 0 <= start < end <= DAY_MINUTES:
            raise ValueError(f"{start}–{end} are no minutes of a day")
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


@dataclass(frozen=True)
class Calendar:
    """Hours of each weekday (Monday first) in a time zone, and of days that differ.

    `days` holds holidays (no hours) and special days (other hours). A calendar without any hours
    is allowed: it never works.
    """

    zone: ZoneInfo
    week: tuple[Day, Day, Day, Day, Day, Day, Day]
    days: Mapping[date, Day] = field(default_factory=dict)
    _known: dict[int, _Spans] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def is_always_open(self) -> bool:
        """True when every instant is working time."""
        whole = ((0, DAY_MINUTES),)
        return all(day == whole for day in (*self.week, *self.days.values()))

    @cached_property
    def _last_special_day(self) -> int:
        return max((day.toordinal() for day, hours in self.days.items() if hours), default=0)

    @cached_property
    def _has_week(self) -> bool:
        return any(self.week)

    def hours_on(self, day: date) -> Day:
        """The hours of a date."""
        special = self.days.get(day)
        return self.week[day.weekday()] if special is None else special

    def working(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end`; nothing when `end` is not later."""
        if self.is_always_open:
            return max(end - start, timedelta())
        total = sum(stop - begin for begin, stop in self._between(ticks(start), ticks(end)))
        return timedelta(microseconds=total)

    def add(self, start: datetime, amount: timedelta) -> datetime | None:
        """The first instant at which `amount` of working time has passed since `start`.

        None when that never happens (within forty years).
        """
        if amount <= timedelta():
            return start
        if self.is_always_open:
            return start + amount
        left = amount // _MICROSECOND
        for begin, stop in self._between(ticks(start), ticks(start + HORIZON)):
            if stop - begin >= left:
                return instant(begin + left)
            left -= stop - begin
        return None

    def spans(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Stretches of working time from `start` to `end`, in order, none touching the next."""
        if self.is_always_open:
            if start < end:
                yield start, end
            return
        pending: tuple[int, int] | None = None
        for begin, stop in self._between(ticks(start), ticks(end)):
            if pending is not None and pending[1] == begin:
                pending = (pending[0], stop)
                continue
            if pending is not None:
                yield instant(pending[0]), instant(pending[1])
            pending = (begin, stop)
        if pending is not None:
            yield instant(pending[0]), instant(pending[1])

    def _between(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        if start >= end:
            return
        # A zone is at most a day ahead of or behind UTC.
        day = instant(start).date().toordinal() - 1
        last = instant(end).date().toordinal() + 1
        while day <= last and (self._has_week or day <= self._last_special_day):
            for begin, stop in self._spans_on(day):
                if stop > start and begin < end:
                    yield max(begin, start), min(stop, end)
            day += 1

    def _spans_on(self, ordinal: int) -> _Spans:
        known = self._known.get(ordinal)
        if known is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            day = date.fromordinal(ordinal)
            edges = (
                (self._edge(day, start), self._edge(day, end)) for start, end in self.hours_on(day)
            )
            known = tuple((start, end) for start, end in edges if start < end)
            self._known[ordinal] = known
        return known

    def _edge(self, day: date, minute: int) -> int:
        """The first instant at which the zone's wall clock shows this minute, or has passed it."""
        if minute == DAY_MINUTES:
            day, minute = day + timedelta(days=1), 0
        wall = datetime.combine(day, time(minute // 60, minute % 60))
        first = wall.replace(tzinfo=self.zone).astimezone(UTC)
        if first.astimezone(self.zone).replace(tzinfo=None) == wall:
            return ticks(first)
        # The clock jumps over it: the jump lies between the two readings of a time that is not.
        early = wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        return self._jump(wall, ticks(early), ticks(first))

    def _jump(self, wall: datetime, low: int, high: int) -> int:
        while high - low > 1:
            middle = (low + high) // 2
            shown = instant(middle).astimezone(self.zone).replace(tzinfo=None)
            low, high = (middle, high) if shown < wall else (low, middle)
        return high


def around_the_clock() -> Calendar:
    """Every hour of every day."""
    whole: Day = ((0, DAY_MINUTES),)
    return Calendar(ZoneInfo("UTC"), (whole,) * 7)
