"""Holidays from the library, from an iCal file and of one's own, as days of a calendar."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays as library
import icalendar
import recurring_ical_events

from core.errors import DomainError

YEARS_BACK, YEARS_AHEAD = 3, 10
MOST_ICAL_BYTES = 1_000_000
_LONGEST_NAME = 120


@dataclass(frozen=True)
class OwnDay:
    """A date that differs; without hours it is a holiday."""

    day: date
    name: str
    hours: tuple[tuple[int, int], ...] = ()


def years(today: date) -> range:
    """The years whose holidays a version holds."""
    return range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)


@lru_cache(maxsize=1)
def countries() -> dict[str, list[str]]:
    """Codes of countries, each with the codes of its subdivisions."""
    return dict(sorted(library.list_supported_countries(include_aliases=False).items()))


def all_days(
    country: str,
    subdivision: str,
    own: Sequence[OwnDay],
    imported: Sequence[OwnDay],
    today: date,
) -> list[dict[str, object]]:
    """Every date that differs, as a version keeps it; one's own word goes before the others'."""
    found: dict[date, dict[str, object]] = {}
    sources = (
        ("library", list(public_holidays(country, subdivision, today))),
        ("ical", imported),
        ("own", own),
    )
    for source, days in sources:
        for one in days:
            found[one.day] = {
                "date": one.day.isoformat(),
                "name": one.name[:_LONGEST_NAME],
                "hours": [list(hours) for hours in one.hours],
                "source": source,
            }
    return [found[day] for day in sorted(found)]


def public_holidays(country: str, subdivision: str, today: date) -> Iterator[OwnDay]:
    """Public holidays of a country and its subdivision; none without a country."""
    if not country:
        return
    known = countries()
    if country not in known:
        raise DomainError("Holidays of this country are not known.", field="country")
    if subdivision and subdivision not in known[country]:
        some = ", ".join(known[country][:20]) or "none"
        raise DomainError(f"Known parts of this country are: {some}.", field="subdivision")
    listed = library.country_holidays(country, subdiv=subdivision or None, years=years(today))
    for day, name in sorted(listed.items()):
        yield OwnDay(day, name)


def read_ical(content: bytes, today: date) -> list[OwnDay]:
    """Days of the all-day events of an iCal file, repeated ones included, each day once.

    Events with a time of day say nothing about holidays and are left out. Raises DomainError at
    `ical` for a file that is not one or holds no such event.
    """
    if len(content) > MOST_ICAL_BYTES:
        raise DomainError("The file is larger than 1 MB.", field="ical")
    span = years(today)
    first, last = date(span[0], 1, 1), date(span[-1] + 1, 1, 1)
    try:
        calendar = icalendar.Calendar.from_ical(content)
        events = recurring_ical_events.of(calendar).between(first, last)
        days = {day.day: day for event in events for day in _whole_days(event)}
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise DomainError("This is no iCal file (.ics).", field="ical") from error
    if not days:
        raise DomainError(
            f"No all-day event between {span[0]} and {span[-1]} is in this file.", field="ical"
        )
    return [days[day] for day in sorted(days)]


def _whole_days(event: icalendar.Event) -> Iterator[OwnDay]:
    start, end = _day_of(event, "DTSTART"), _day_of(event, "DTEND")
    if start is None:
        return
    length = 1 if end is None else min(max((end - start).days, 1), 366)
    for offset in range(length):
        yield OwnDay(start + timedelta(days=offset), str(event.get("SUMMARY", "Holiday")))


def _day_of(event: icalendar.Event, name: str) -> date | None:
    """The event's date under this name; None when it has none or a time of day."""
    value = getattr(event.get(name), "dt", None)
    return value if isinstance(value, date) and not isinstance(value, datetime) else None
