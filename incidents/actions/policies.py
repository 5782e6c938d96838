"""Arranging how a team works."""

from typing import TypedDict, Unpack

from django.db import transaction

from accounts.models import Person, Team
from core.errors import DomainError
from core.timeline import record, type_json
from incidents.events import TEAM_POLICY_SET
from incidents.models import TeamPolicy
from incidents.permissions import require_arranger

_MOST = {
    "capacity": 1000,
    "ownership_minutes": 60 * 24 * 30,
    "reopen_days": 365,
    "close_after_days": 365,
}
_NEEDED = frozenset({"reopen_days"})


class PolicyFields(TypedDict, total=False):
    """What may be arranged; a field that is left out stays as it is."""

    assignment: str
    capacity: int | None
    ownership_minutes: int | None
    follow_up: str
    reopen_days: int
    close_after_days: int | None
    asks_rating: bool


@transaction.atomic
def set_team_policy(
    team: Team, *, actor: Person | None, **fields: Unpack[PolicyFields]
) -> TeamPolicy:
    """Changes the given fields of a team's policy, making its row when there is none."""
    require_arranger(actor, team=team)
    _check(fields)
    TeamPolicy.objects.get_or_create(team=team)
    policy = TeamPolicy.objects.select_for_update(of=("self",)).get(team=team)
    changes: dict[str, type_json] = {
        name: [_shown(getattr(policy, name)), _shown(value)]
        for name, value in fields.items()
        if getattr(policy, name) != value
    }
    if not changes:
        return policy
    for name in changes:
        setattr(policy, name, fields[name])  # type: ignore[literal-required]  # names are PolicyFields' own
    policy.save(update_fields=list(changes))
    record(TEAM_POLICY_SET, team, actor=actor, team=team.name, changes=changes)
    return policy


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _check(fields: PolicyFields) -> None:
    for name, choices in (("assignment", TeamPolicy.Method), ("follow_up", TeamPolicy.FollowUp)):
        if name in fields and fields[name] not in choices.values:  # type: ignore[literal-required]  # names are PolicyFields' own
            raise DomainError("Choose one of the list.", field=name)
    for name, most in _MOST.items():
        value = fields.get(name)
        if value is None and (name not in fields or name not in _NEEDED):
            continue
        if not isinstance(value, int) or not 0 < value <= most:
            raise DomainError(f"A whole number from 1 to {most:,}.", field=name)
