"""Entries of the Admin page: when people work."""

from accounts.roles import Role
from core.extensions import AdminEntry, administer

administer(
    AdminEntry(
        "Desk",
        "Availability",
        "Working hours, absences and who stands in for whom.",
        "accounts:availability",
        "calendar-clock",
        order=20,
        roles=frozenset({Role.MANAGER, Role.ADMIN, Role.TEAM_LEAD}),
    )
)
