"""Who may write rules and macros, and run macros."""

from accounts.models import Person
from accounts.roles import Role
from core.errors import NotPermitted
from rules.models import Macro

RULE_ROLES = frozenset({Role.TEAM_LEAD, Role.MANAGER, Role.ADMIN})


def may_write_rules(person: Person) -> bool:
    """Leads, managers and admins: a rule acts on everybody's tickets."""
    return person.has_role(RULE_ROLES)


def require_rules(person: Person) -> None:
    """Raises NotPermitted unless `may_write_rules`."""
    if not may_write_rules(person):
        raise NotPermitted("Rules are arranged by team leads, managers and admins.")


def scopes_for(person: Person) -> list[tuple[str, str]]:
    """Whom this person may write macros for."""
    if not person.is_support:
        return []
    shared = may_write_rules(person)
    return [
        (str(scope.value), str(scope.label))
        for scope in Macro.Scope
        if shared or scope == Macro.Scope.PERSONAL
    ]


def may_write_macro(person: Person, scope: str, *, owner_id: int, team_id: int | None) -> bool:
    """One's own macros; a team's for its leads; everybody's for leads, managers and admins."""
    if scope == Macro.Scope.PERSONAL:
        return person.is_support and owner_id == person.pk
    if not may_write_rules(person):
        return False
    return scope == Macro.Scope.EVERYBODY or person.is_overseer or team_id in person.team_ids


def may_edit(person: Person, macro: Macro) -> bool:
    """True when this macro is theirs to change."""
    return may_write_macro(person, macro.scope, owner_id=macro.owner_id, team_id=macro.team_id)


def require_macro(person: Person, scope: str, *, owner_id: int, team_id: int | None) -> None:
    """Raises NotPermitted unless `may_write_macro`."""
    if not may_write_macro(person, scope, owner_id=owner_id, team_id=team_id):
        raise NotPermitted(
            "Macros for others are written by team leads, managers and admins.", field="scope"
        )
