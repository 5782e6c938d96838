"""Who arranges calendars and policies, and who builds forms."""

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


ARRANGERS = frozenset({Role.ADMIN, Role.MANAGER})


def may_arrange(person: Person | None) -> bool:
    """True for those who build forms; None is the system itself."""
    return person is None or person.has_role(ARRANGERS)


def require_arranger(person: Person | None) -> None:
    """Raises NotPermitted unless `may_arrange`."""
    if not may_arrange(person):
        raise NotPermitted("Forms are arranged by managers and admins.")
