"""Entries of the Admin page: when people work, who is whose manager, organisations."""

from accounts.roles import PEOPLE_ROLES, Role
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
administer(
    AdminEntry(
        "Desk",
        "People",
        "Who is whose manager, and who sees all tickets of their organisation.",
        "accounts:people",
        "users",
        order=21,
        roles=PEOPLE_ROLES,
    )
)
administer(
    AdminEntry(
        "Desk",
        "Organisations",
        "Whom the people of an organisation may put in copy of their tickets.",
        "accounts:organisations",
        "building-2",
        order=22,
        roles=PEOPLE_ROLES,
    )
)
