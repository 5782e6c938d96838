"""What is promised: a change of a policy is a new version of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation, Person, Team
from catalogue.events import POLICY_CHANGED
from catalogue.models import (
    BusinessCalendar,
    PolicyTarget,
    PolicyVersion,
    Service,
    ServiceLevelPolicy,
)
from catalogue.permissions import require_clocks
from core.errors import DomainError
from core.timeline import record

MOST_NAME = 80
# A target of more than a year of working time around the clock is a slip of the hand.
MOST_MINUTES = 366 * 24 * 60


@dataclass(frozen=True)
class TargetTerms:
    """One target: minutes of working time of a calendar for a priority; `team` for an OLA."""

    priority: int
    kind: str
    minutes: int
    calendar: BusinessCalendar
    team: Team | None = None


@dataclass(frozen=True)
class PolicyTerms:
    """What a version says; see `PolicyVersion`."""

    targets: Sequence[TargetTerms]
    warn_percent: int = 75
    pauses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    warn_notify: bool = True
    warn_raise: bool = False
    warn_team: Team | None = None
    breach_notify: bool = True
    breach_raise: bool = False
    breach_team: Team | None = None


@transaction.atomic
def make_policy(
    *,
    actor: Person | None,
    name: str,
    terms: PolicyTerms,
    service: Service | None = None,
    organisation: Organisation | None = None,
    at: datetime | None = None,
) -> ServiceLevelPolicy:
    """A new policy with its first version; its scope stays what it is."""
    require_clocks(actor)
    name = " ".join(name.split())
    if not name or len(name) > MOST_NAME:
        raise DomainError(f"Give it a name of up to {MOST_NAME} characters.", field="name")
    if ServiceLevelPolicy.objects.filter(name=name).exists():
        raise DomainError("Another policy has this name.", field="name")
    scope = ServiceLevelPolicy.objects.filter(service=service, organisation=organisation)
    taken = scope.first()
    if taken is not None:
        raise DomainError(f"“{taken.name}” is for the same tickets already.", field="service")
    policy = ServiceLevelPolicy.objects.create(
        name=name, service=service, organisation=organisation
    )
    _add_version(policy, actor, terms, 1, at or timezone.now())
    return policy


@transaction.atomic
def save_policy(
    policy: ServiceLevelPolicy, *, actor: Person | None, terms: PolicyTerms
) -> PolicyVersion:
    """A new version of the policy; without any target the policy is retired."""
    policy = ServiceLevelPolicy.objects.select_for_update().get(pk=policy.pk)
    require_clocks(actor)
    return _add_version(policy, actor, terms, policy.newest.number + 1, timezone.now())


def draft_version(
    policy: ServiceLevelPolicy, terms: PolicyTerms, number: int = 0
) -> tuple[PolicyVersion, list[PolicyTarget]]:
    """The rows a version would have, not written: to see beforehand what it would change.

    Raises DomainError for terms that cannot be.
    """
    _check(terms)
    version = PolicyVersion(
        policy=policy,
        number=number,
        warn_percent=terms.warn_percent,
        pauses={name: sorted(categories) for name, categories in terms.pauses.items()},
        reasons=dict(terms.reasons),
        warn_notify=terms.warn_notify,
        warn_raise=terms.warn_raise,
        warn_team=terms.warn_team,
        breach_notify=terms.breach_notify,
        breach_raise=terms.breach_raise,
        breach_team=terms.breach_team,
        created_at=timezone.now(),
    )
    targets = [
        PolicyTarget(
            version=version,
            priority=one.priority,
            kind=one.kind,
            minutes=one.minutes,
            calendar=one.calendar,
            team=one.team,
        )
        for one in terms.targets
    ]
    return version, targets


def _add_version(
    policy: ServiceLevelPolicy,
    actor: Person | None,
    terms: PolicyTerms,
    number: int,
    at: datetime,
) -> PolicyVersion:
    version, targets = draft_version(policy, terms, number)
    version.created_by, version.created_at = actor, at
    version.save(force_insert=True)
    for one in targets:
        one.version = version
    PolicyTarget.objects.bulk_create(targets)
    record(POLICY_CHANGED, policy, actor=actor, at=at, number=number, version_id=version.pk)
    return version


def _check(terms: PolicyTerms) -> None:
    if not 1 <= terms.warn_percent <= 99:
        raise DomainError("From 1 to 99 percent.", field="warn_percent")
    seen: set[tuple[int, str, int | None]] = set()
    for one in terms.targets:
        place = f"{one.kind}_{one.priority}"
        if one.kind not in PolicyTarget.Kind.values or not 1 <= one.priority <= 5:
            raise DomainError("Choose one of the list.", field="targets")
        if not 1 <= one.minutes <= MOST_MINUTES:
            raise DomainError("From one minute to 366 days.", field=place)
        if (one.kind == PolicyTarget.Kind.OWNERSHIP) != (one.team is not None):
            raise DomainError("Only the time with a team is about a team.", field="targets")
        key = (one.priority, one.kind, one.team.pk if one.team else None)
        if key in seen:
            raise DomainError("The same target is there twice.", field="targets")
        seen.add(key)
