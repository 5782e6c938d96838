"""Times as files write them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from email.utils import parsedate_to_datetime

DAY_FIRST = "day_first"
MONTH_FIRST = "month_first"
ORDERS = (DAY_FIRST, MONTH_FIRST)
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
# Clocks of other desks run a little ahead, and a zone may be missing from the file.
AHEAD = timedelta(days=1)

_NUMBERS = re.compile(r"^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[ T,]+(.+))?$")
_CLOCK = re.compile(
    r"^(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"^\d{9,10}(?:\.\d+)?$|^\d{13}$")
_MONTH_NAMES = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d %b %y", "%Y %b %d")
_CENTURY_TURNS = 70


class NotATime(ValueError):
    """The text cannot be read as a time, or names a time that cannot be."""


def read_time(text: str, *, order: str, zone: tzinfo, now: datetime) -> datetime:
    """The instant `text` means; without a zone of its own it is in `zone`.

    Raises NotATime with a reason for anything else, also for times before 1980 or in the future.
    """
    try:
        found = _read(text.strip(), order)
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone)
        found = found.astimezone(UTC)
    except (ValueError, OverflowError, OSError, IndexError, TypeError) as error:
        raise NotATime("is not a date and time") from error
    if found < EARLIEST:
        raise NotATime("lies before 1980")
    if found > now + AHEAD:
        raise NotATime("lies in the future")
    return found


def _read(text: str, order: str) -> datetime:
    if _EPOCH.match(text):
        number = float(text)
        return datetime.fromtimestamp(number / 1000 if len(text) == 13 else number, tz=UTC)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    numbers = _NUMBERS.match(text)
    if numbers:
        day = _numeric_date(numbers[1], numbers[2], numbers[3], order)
        return _at(day, numbers[4])
    if "," in text and ":" in text and text[:3].isalpha() and text[3] == ",":
        return parsedate_to_datetime(text)
    return _with_month_name(text)


def _numeric_date(first: str, second: str, third: str, order: str) -> date:
    if len(first) == 4:
        return date(int(first), int(second), int(third))
    year = int(third)
    if len(third) <= 2:
        year += 2000 if year < _CENTURY_TURNS else 1900
    day, month = (first, second) if order != MONTH_FIRST else (second, first)
    return date(year, int(month), int(day))


def _at(day: date, clock: str | None) -> datetime:
    if not clock:
        return datetime.combine(day, time())
    found = _CLOCK.match(clock.strip())
    if not found:
        raise ValueError(clock)
    hour = int(found[1])
    if found[4]:
        if not 1 <= hour <= 12:
            raise ValueError(clock)
        hour = hour % 12 + (12 if found[4][0] in "pP" else 0)
    moment = datetime.combine(day, time(hour, int(found[2]), int(found[3] or 0)))
    return moment.replace(tzinfo=_zone(found[5])) if found[5] else moment


def _zone(text: str) -> tzinfo:
    if text.upper() in {"Z", "UTC"}:
        return UTC
    zone = datetime.strptime(text, "%z").tzinfo
    if zone is None:
        raise ValueError(text)
    return zone


def _with_month_name(text: str) -> datetime:
    """Such as `3 Aug 2016 08:30` or `August 3, 2016 8:30 AM`."""
    words = re.sub(r"(?<=[A-Za-z0-9])[-/](?=[A-Za-z0-9])", " ", text).replace(",", " ").split()
    if words and words[0].casefold()[:3] in {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}:
        words = words[1:]
    head, clock = " ".join(words[:3]), " ".join(words[3:])
    for pattern in _MONTH_NAMES:
        try:
            # Only the date is taken from it; the zone follows with the clock.
            day = datetime.strptime(head, pattern).date()  # noqa: DTZ007
        except ValueError:
            continue
        return _at(day, clock.removeprefix("at ") or None)
    raise ValueError(text)


@dataclass
class DateOrder:
    """Collects evidence on whether dates such as 03/08/2016 put the day or the month first."""

    seen: bool = False
    day_first: int = 0
    month_first: int = 0

    def look_at(self, text: str) -> None:
        """Takes one cell's text into account."""
        found = _NUMBERS.match(text)
        if found and len(found[1]) <= 2:
            self.seen = True
            self.day_first += int(found[1]) > 12
            self.month_first += int(found[2]) > 12

    @property
    def order(self) -> str:
        """The order most dates show; day first where none tells."""
        return MONTH_FIRST if self.month_first > self.day_first else DAY_FIRST

    @property
    def is_a_guess(self) -> bool:
        """True when there are such dates and none tells."""
        return self.seen and not self.day_first and not self.month_first
