"""Readiness: criteria met with evidence, waived with a reason, and support's signature."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person, Team
from accounts.roles import Side
from core.errors import DomainError, TransitionNotAllowed
from core.timeline import record
from devlink import events
from devlink.actions.involvement import Kind, Stage, note_involvement
from devlink.actions.rows import locked, team_of, words
from devlink.models import ReadinessItem, Release, SignOff
from devlink.permissions import require
from devlink.readiness import BY_KEY
from devlink.workflow import RELEASE

_SIGNABLE = frozenset({"testing", "readiness", "approved"})


def _before_deployment(release: Release) -> None:
    if RELEASE.category(release.state) != "open" or release.state == "deploying":
        raise TransitionNotAllowed(f"The release is {release.state_label.lower()}.")


@transaction.atomic
def meet_criterion(
    item: ReadinessItem, *, actor: Person, evidence: str, at: datetime | None = None
) -> ReadinessItem:
    """Says what shows that the criterion is met; a tick without evidence does not count."""
    release = locked(item.release)
    item = locked(item)
    require(actor, "meet_criterion", item)
    _before_deployment(release)
    now = at or timezone.now()
    item.evidence = words(evidence, field="evidence", missing="Say what shows it.", longest=2000)
    _set(item, ReadinessItem.Status.MET, actor, now)
    record(
        events.CRITERION_MET,
        release,
        actor=actor,
        at=now,
        label=item.label,
        evidence=item.evidence[:300],
        key=item.key,
    )
    criterion = BY_KEY.get(item.key)
    note_involvement(
        release,
        actor=actor,
        stage=criterion.stage if criterion else Stage.OPERATIONALIZING,
        kind=criterion.kind if criterion else Kind.CONTRIBUTED,
        at=now,
    )
    return item


def _set(item: ReadinessItem, status: str, actor: Person, now: datetime) -> None:
    item.status = status
    item.person = actor
    item.updated_at = now
    item.save(update_fields=["status", "evidence", "person", "updated_at"])


@transaction.atomic
def waive_criterion(
    item: ReadinessItem, *, actor: Person, reason: str, at: datetime | None = None
) -> ReadinessItem:
    """A manager lets a criterion go, and why; the reason stays with the release."""
    release = locked(item.release)
    item = locked(item)
    require(actor, "waive_criterion", item)
    _before_deployment(release)
    item.evidence = words(reason, field="evidence", missing="Say why.", longest=2000)
    _set(item, ReadinessItem.Status.WAIVED, actor, at or timezone.now())
    record(
        events.CRITERION_WAIVED,
        release,
        actor=actor,
        at=at,
        label=item.label,
        reason=item.evidence[:300],
        key=item.key,
    )
    return item


@transaction.atomic
def reopen_criterion(
    item: ReadinessItem, *, actor: Person, reason: str, at: datetime | None = None
) -> ReadinessItem:
    """It turned out not to be met."""
    release = locked(item.release)
    item = locked(item)
    require(actor, "meet_criterion", item)
    _before_deployment(release)
    if item.status == ReadinessItem.Status.OPEN:
        raise TransitionNotAllowed("It is open already.")
    item.evidence = words(reason, field="evidence", missing="Say why.", longest=2000)
    _set(item, ReadinessItem.Status.OPEN, actor, at or timezone.now())
    record(
        events.CRITERION_REOPENED,
        release,
        actor=actor,
        at=at,
        label=item.label,
        reason=item.evidence[:300],
        key=item.key,
    )
    return item


@transaction.atomic
def sign_readiness(
    release: Release,
    *,
    actor: Person,
    verdict: str,
    conditions: str = "",
    team: Team | None = None,
    at: datetime | None = None,
) -> SignOff:
    """A support team's word: ready, ready with conditions, or not ready.

    The newest word of a team counts; "not ready" holds approval and deployment.
    """
    release = locked(release)
    require(actor, "sign", release)
    if release.state not in _SIGNABLE:
        raise TransitionNotAllowed(
            f"There is nothing to sign while the release is {release.state_label.lower()}."
        )
    if verdict not in SignOff.Verdict.values:
        raise DomainError("Choose a verdict.", field="verdict")
    conditions = conditions.replace("\x00", "").strip()
    if verdict != SignOff.Verdict.READY and not conditions:
        raise DomainError("Name what is missing.", field="conditions")
    team = team_of(actor, Side.SUPPORT, given=team)
    now = at or timezone.now()
    signature = SignOff.objects.create(
        release=release,
        team=team,
        verdict=verdict,
        conditions=conditions,
        person=actor,
        created_at=now,
    )
    record(
        events.READINESS_SIGNED,
        release,
        actor=actor,
        at=now,
        team=team.name,
        verdict=verdict,
        verdict_label=signature.get_verdict_display(),
        conditions=conditions[:300],
    )
    vetoed = verdict == SignOff.Verdict.NOT_READY
    note_involvement(
        release,
        actor=actor,
        stage=Stage.RELEASING,
        kind=Kind.VETOED if vetoed else Kind.SIGNED_OFF,
        at=now,
    )
    return signature
