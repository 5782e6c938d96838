"""Entries of the rail."""

from accounts.roles import STAFF_ROLES, Role
from core.extensions import NavItem, navigate

navigate(
    NavItem(
        "Improve",
        "Knowledge",
        "knowledge:articles",
        "book-open",
        order=40,
        roles=frozenset(STAFF_ROLES),
        key="k",
    )
)
navigate(
    NavItem(
        "Desk",
        "Help articles",
        "knowledge:articles",
        "book-open",
        order=30,
        roles=frozenset({Role.REQUESTER}),
        key="k",
        on_phone=True,
    )
)
