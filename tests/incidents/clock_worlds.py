"""Calendars and histories for the clocks' promises, drawn near everything that goes wrong.

One draw of bytes says a whole world: quick to make ten thousand of, and still made smaller by
hypothesis when a promise breaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from incidents.clocks.calendars import Calendar, Day
from incidents.clocks.reckoning import Stretch

ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Moscow",
    "America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo",
    "America/Santiago", "America/Asuncion", "America/Havana", "America/Caracas", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Tehran", "Asia/Beirut", "Asia/Amman", "Africa/Cairo",
    "Africa/Casablanca", "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Apia",
    "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati", "Antarctica/Troll",
)  # fmt: skip
CATEGORIES = (
    "open", "open", "open", "waiting_requester", "waiting_third_party", "waiting_development",
    "resolved", "closed",
)  # fmt: skip
REASONS = ("", "", "requester", "supplier", "change", "scheduled", "parts")
LEAP_DAYS = (datetime(2024, 2, 29, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC))

# The examples of each promise; nothing is written to disk, a slow machine says nothing.
PROMISES = settings(
    max_examples=10_000,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
DRAWS = st.binary(min_size=56, max_size=56)

_OFFICE: Day = ((480, 1080),)
_LUNCH: Day = ((480, 720), (780, 1020))
_NIGHT: Day = ((0, 180), (1380, 1440))
_CUT: Day = ((0, 61), (90, 150), (151, 179), (1439, 1440))
_WHOLE: Day = ((0, 1440),)
_NONE: Day = ()
WEEKS: tuple[tuple[Day, ...], ...] = (
    (_OFFICE,) * 5 + (_NONE, _NONE),
    (_LUNCH,) * 5 + (((540, 720),), _NONE),
    (_NIGHT,) * 7,
    (_CUT,) * 7,
    (_WHOLE,) * 7,
    (_NONE,) * 7,
    (_NONE,) * 6 + (_NIGHT,),
    (_WHOLE, _OFFICE, _NONE, _LUNCH, _CUT, _WHOLE, _NIGHT),
)


@cache
def transitions(zone: str) -> tuple[datetime, ...]:
    """The days since 2009 on which a zone's clock jumps or goes back, and leap days."""
    place = ZoneInfo(zone)
    day, found = datetime(2009, 1, 1, tzinfo=UTC), list(LEAP_DAYS)
    while day.year < 2031:
        after = day + timedelta(days=1)
        if day.astimezone(place).utcoffset() != after.astimezone(place).utcoffset():
            found.append(day)
        day = after
    return tuple(found)


@cache
def calendar(zone: str, week: int, special: int, around: date) -> Calendar:
    """A calendar with holidays and days of other hours near a date; the same one each time."""
    days: dict[date, Day] = {}
    if special & 1:
        days[around] = ()
    if special & 2:
        days[around + timedelta(days=1)] = ((120, 200), (600, 660))
    if special & 4:
        days[around + timedelta(days=3)] = ()
    return Calendar(ZoneInfo(zone), WEEKS[week], days)


@cache
def wider(zone: str, week: int, special: int, around: date) -> Calendar:
    """The same with more working time: an hour at each end of each day, and no holidays."""
    narrow = calendar(zone, week, special, around)
    grown = tuple(tuple(_grown(day)) for day in narrow.week)
    return Calendar(
        narrow.zone,
        grown,
        {day: tuple(_grown(hours)) for day, hours in narrow.days.items() if hours},
    )


def _grown(day: Day) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for opens, closes in day:
        start, end = max(0, opens - 60), min(1440, closes + 60)
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


class Dice:
    """Numbers out of drawn bytes, in order."""

    def __init__(self, draw: bytes) -> None:
        self._draw, self._place = draw, 0

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` − 1, of two bytes."""
        here = self._place % (len(self._draw) - 1)
        self._place += 2
        return int.from_bytes(self._draw[here : here + 2], "big") % limit

    def minutes(self, limit: int) -> timedelta:
        """Up to `limit` minutes, seconds and microseconds included now and then."""
        whole = timedelta(minutes=self.below(limit))
        return whole if self.below(4) else whole + timedelta(seconds=self.below(60), microseconds=7)


@dataclass(frozen=True)
class World:
    """A calendar, a history under it and a target."""

    calendar: Calendar
    wider: Calendar
    stretches: tuple[Stretch, ...]
    amount: timedelta
    start: datetime


def world_of(draw: bytes) -> World:
    """The world these bytes say."""
    dice = Dice(draw)
    zone = ZONES[dice.below(len(ZONES))]
    days = transitions(zone)
    around = days[dice.below(len(days))]
    start = around - timedelta(days=2) + dice.minutes(4320)
    key = (zone, dice.below(len(WEEKS)), dice.below(8), around.date())
    stretches, at = [], start
    for place in range(1 + dice.below(5)):
        end = at + dice.minutes((30, 600, 4000)[place % 3])
        stretches.append(
            Stretch(
                CATEGORIES[dice.below(len(CATEGORIES))], at, end, REASONS[dice.below(len(REASONS))]
            )
        )
        at = end
    if dice.below(3):
        last = stretches[-1]
        stretches[-1] = Stretch(last.category, last.started_at, None, last.reason)
    amount = timedelta(minutes=1) + dice.minutes((60, 900, 6000)[dice.below(3)])
    return World(calendar(*key), wider(*key), tuple(stretches), amount, start)
