"""Entries of the Admin page: when people work."""

from catalogue.permissions import CLOCK_ROLES
from core.extensions import AdminEntry, administer

administer(
    AdminEntry(
        "Clocks",
        "Business calendars",
        "Working hours, holidays and own dates that targets count in.",
        "catalogue:calendars",
        "calendar-clock",
        order=10,
        roles=CLOCK_ROLES,
    )
)
