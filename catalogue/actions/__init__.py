"""Every change of calendars and policies."""

from catalogue.actions.calendars import CalendarHours, make_calendar, save_calendar
from catalogue.actions.policies import (
    PolicyTerms,
    TargetTerms,
    draft_version,
    make_policy,
    save_policy,
)

__all__ = [
    "CalendarHours",
    "PolicyTerms",
    "TargetTerms",
    "draft_version",
    "make_calendar",
    "make_policy",
    "save_calendar",
    "save_policy",
]
