"""Entries of the Admin page: when people work, and what is asked."""

from catalogue.permissions import ARRANGERS, CLOCK_ROLES
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
administer(
    AdminEntry(
        "Requests",
        "Forms and custom fields",
        "What requests and the tickets of a service are asked, built without code.",
        "catalogue:forms",
        "list-checks",
        order=20,
        roles=ARRANGERS,
    )
)
