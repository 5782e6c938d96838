"""When people work: a change of a calendar is a new version of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from catalogue.events import CALENDAR_CHANGED
from catalogue.holidays import OwnDay, all_days
from catalogue.models import BusinessCalendar, CalendarVersion
from catalogue.permissions import require_clocks
from core.errors import DomainError
from core.timeline import record

MOST_NAME = 80
MOST_DAYS = 5_000
_DAY = 24 * 60
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class CalendarHours:
    """What a version says. `week` is seven lists of (from, to) in minutes, Monday first.

    `own` are dates of one's own, `imported` those of an iCal file; holidays of `country` (and
    `subdivision`) come from the library.
    """

    zone: str
    week: Sequence[Sequence[tuple[int, int]]]
    country: str = ""
    subdivision: str = ""
    own: Sequence[OwnDay] = field(default_factory=tuple)
    imported: Sequence[OwnDay] = field(default_factory=tuple)


@transaction.atomic
def make_calendar(
    *, actor: Person | None, name: str, hours: CalendarHours, at: datetime | None = None
) -> BusinessCalendar:
    """A new calendar with its first version."""
    require_clocks(actor)
    name = " ".join(name.split())
    if not name or len(name) > MOST_NAME:
        raise DomainError(f"Give it a name of up to {MOST_NAME} characters.", field="name")
    if BusinessCalendar.objects.filter(name=name).exists():
        raise DomainError("Another calendar has this name.", field="name")
    calendar = BusinessCalendar.objects.create(name=name)
    _add_version(calendar, actor, hours, 1, at or timezone.now())
    return calendar


@transaction.atomic
def save_calendar(
    calendar: BusinessCalendar, *, actor: Person | None, hours: CalendarHours
) -> CalendarVersion:
    """A new version of the calendar; the one in force when it would say the same."""
    calendar = BusinessCalendar.objects.select_for_update().get(pk=calendar.pk)
    require_clocks(actor)
    number = calendar.newest.number + 1
    return _add_version(calendar, actor, hours, number, timezone.now())


def _add_version(
    calendar: BusinessCalendar,
    actor: Person | None,
    hours: CalendarHours,
    number: int,
    at: datetime,
) -> CalendarVersion:
    version = CalendarVersion(
        calendar=calendar,
        number=number,
        zone=_zone(hours.zone),
        week=_week(hours.week),
        country=hours.country,
        subdivision=hours.subdivision,
        days=_days(hours, timezone.localdate(at)),
        created_by=actor,
        created_at=at,
    )
    if number > 1:
        newest = calendar.newest
        same = ("zone", "week", "country", "subdivision", "days")
        if all(getattr(newest, name) == getattr(version, name) for name in same):
            return newest
    version.save(force_insert=True)
    record(CALENDAR_CHANGED, calendar, actor=actor, at=at, number=number, version_id=version.pk)
    return version


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DomainError(
            "There is no such time zone; an example is Europe/Berlin.", field="zone"
        ) from error
    return name


def _week(week: Sequence[Sequence[tuple[int, int]]]) -> list[list[list[int]]]:
    if len(week) != len(_WEEKDAYS):
        raise DomainError("A week has seven days.", field="week")
    return [
        check_hours(hours, name, name.lower()) for name, hours in zip(_WEEKDAYS, week, strict=True)
    ]


def check_hours(hours: Sequence[tuple[int, int]], day: str, field: str) -> list[list[int]]:
    """The hours of a day in order; a DomainError at `field` when they cannot be."""
    found: list[list[int]] = []
    for start, end in sorted(hours):
        if not 0 <= start < end <= _DAY:
            raise DomainError(
                f"{day}: hours run forward from 00:00 to 24:00; "
                "what goes past midnight belongs to the next day.",
                field=field,
            )
        if found and start < found[-1][1]:
            raise DomainError(f"{day}: two of the hours overlap.", field=field)
        if found and start == found[-1][1]:
            found[-1][1] = end
        else:
            found.append([start, end])
    return found


def _days(hours: CalendarHours, today: date) -> list[dict[str, object]]:
    for one in hours.own:
        check_hours(one.hours, str(one.day), "own_days")
    days = all_days(hours.country, hours.subdivision, hours.own, hours.imported, today)
    if len(days) > MOST_DAYS:
        raise DomainError(f"At most {MOST_DAYS:,} dates.", field="ical")
    return days
