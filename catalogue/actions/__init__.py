"""Every change of calendars, policies and forms, one subject a file."""

from catalogue.actions.calendars import CalendarHours, make_calendar, save_calendar
from catalogue.actions.intake import change_draft, create_form, publish_form
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
    "change_draft",
    "create_form",
    "draft_version",
    "make_calendar",
    "make_policy",
    "publish_form",
    "save_calendar",
    "save_policy",
]
