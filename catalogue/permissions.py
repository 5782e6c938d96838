"""Who arranges calendars and policies."""

from accounts.models import Person
from accounts.roles import Role
from core.errors import NotPermitted

CLOCK_ROLES = frozenset({Role.ADMIN, Role.MANAGER})


def may_arrange_clocks(person: Person | None) -> bool:
    """Admins and managers decide when people work and what is promised; so may the system."""
    return person is None or person.has_role(CLOCK_ROLES)


def require_clocks(person: Person | None) -> None:
    """Raises NotPermitted unless `may_arrange_clocks`."""
    if not may_arrange_clocks(person):
        raise NotPermitted("Calendars and targets are arranged by admins and managers.")
