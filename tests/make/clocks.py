"""Builders of calendars and policies that go through the actions."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from accounts.models import Team
from catalogue.actions import (
    CalendarHours,
    PolicyTerms,
    TargetTerms,
    make_calendar,
    make_policy,
)
from catalogue.models import BusinessCalendar, ServiceLevelPolicy

_numbers = count(1)
ALWAYS = ((0, 1440),)
OFFICE = ((480, 1080),)
# Minutes by priority: (first response, resolution).
STANDARD = {1: (15, 240), 2: (60, 480), 3: (240, 1440), 4: (480, 4320)}


def make_hours(
    name: str = "", *, zone: str = "UTC", week: Any = None, **more: Any
) -> BusinessCalendar:
    """A calendar; around the clock unless `week` says otherwise."""
    hours = CalendarHours(zone=zone, week=week or [ALWAYS] * 7, **more)
    return make_calendar(actor=None, name=name or f"Hours {next(_numbers)}", hours=hours)


def office_hours(zone: str = "Europe/Berlin", **more: Any) -> BusinessCalendar:
    """Monday to Friday, 08:00 to 18:00."""
    return make_hours(zone=zone, week=[OFFICE] * 5 + [(), ()], **more)


def make_terms(
    calendar: BusinessCalendar,
    minutes: Mapping[int, Mapping[str, int]],
    *,
    owned: Mapping[Team, int] | None = None,
    **more: Any,
) -> PolicyTerms:
    """Terms by priority and target; `owned` gives teams the same minutes for every priority."""
    targets = [
        TargetTerms(priority, kind, amount, calendar)
        for priority, kinds in minutes.items()
        for kind, amount in kinds.items()
    ]
    targets += [
        TargetTerms(priority, "ownership", amount, calendar, team)
        for team, amount in (owned or {}).items()
        for priority in minutes
    ]
    return PolicyTerms(targets=targets, **more)


def standard_terms(calendar: BusinessCalendar, **more: Any) -> PolicyTerms:
    """First response and resolution for P1 to P4."""
    minutes = {
        priority: {"first_response": answer, "resolution": resolve}
        for priority, (answer, resolve) in STANDARD.items()
    }
    return make_terms(calendar, minutes, **more)


def make_standard_policy() -> ServiceLevelPolicy:
    """The policy for everybody, around the clock."""
    calendar = make_hours("Around the clock")
    return make_policy(actor=None, name="Standard", terms=standard_terms(calendar))
