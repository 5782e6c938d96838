"""Who may arrange what is asked."""

from accounts.models import Person
from accounts.roles import Role
from core.errors import NotPermitted

ARRANGERS = frozenset({Role.ADMIN, Role.MANAGER})


def may_arrange(person: Person | None) -> bool:
    """True for those who build forms; None is the system itself."""
    return person is None or person.has_role(ARRANGERS)


def require_arranger(person: Person | None) -> None:
    """Raises NotPermitted unless `may_arrange`."""
    if not may_arrange(person):
        raise NotPermitted("Forms are arranged by managers and admins.")
