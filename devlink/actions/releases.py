"""Releases: filled, checked for readiness, approved, deployed."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from catalogue.models import Service
from core.errors import DomainError, TransitionNotAllowed
from core.timeline import record
from devlink import events
from devlink.actions.involvement import Kind, Stage, note_involvement
from devlink.actions.rows import locked, words
from devlink.models import Deployment, ReadinessItem, Release, ReleaseItem, WorkItem
from devlink.permissions import require
from devlink.readiness import CRITERIA, objections
from devlink.workflow import RELEASE

_STEPS = frozenset({"build", "test", "check_readiness", "approve", "close", "withdraw"})
_FILLABLE = frozenset({"planning", "building", "testing", "readiness"})


@transaction.atomic
def create_release(
    *,
    actor: Person | None,
    version: str,
    name: str = "",
    service: Service | None = None,
    notes: str = "",
    planned_for: datetime | None = None,
    manager: Person | None = None,
    at: datetime | None = None,
) -> Release:
    """A release being planned, with the default readiness criteria."""
    require(actor, "create_release")
    version = words(version, field="version", missing="Give the release a version.", longest=40)
    if Release.objects.filter(version=version).exists():
        raise DomainError("A release of this version exists.", field="version")
    release = Release.objects.create(
        version=version,
        name=name.replace("\x00", "").strip()[:120],
        service=service,
        notes=notes.replace("\x00", ""),
        planned_for=planned_for,
        manager=manager or actor,
        created_at=at or timezone.now(),
    )
    ReadinessItem.objects.bulk_create(
        [
            ReadinessItem(release=release, key=one.key, label=one.label, blocking=one.blocking)
            for one in CRITERIA
        ]
    )
    record(events.RELEASE_CREATED, release, actor=actor, at=at, version=version)
    return release


@transaction.atomic
def edit_release(
    release: Release,
    *,
    actor: Person | None,
    name: str | None = None,
    notes: str | None = None,
    planned_for: datetime | None = None,
) -> Release:
    """Changes what is given; None leaves a field as it is."""
    release = locked(release)
    require(actor, "edit_release", release)
    wanted = {
        "name": None if name is None else name.replace("\x00", "").strip()[:120],
        "notes": None if notes is None else notes.replace("\x00", ""),
        "planned_for": planned_for,
    }
    changed = [
        field
        for field, value in wanted.items()
        if value is not None and getattr(release, field) != value
    ]
    for field in changed:
        setattr(release, field, wanted[field])
    if changed:
        release.save(update_fields=changed)
        record(events.RELEASE_EDITED, release, actor=actor, fields=", ".join(changed))
    return release


def _fillable(release: Release) -> None:
    if release.state not in _FILLABLE:
        raise TransitionNotAllowed(
            f"The contents are fixed while the release is {release.state_label.lower()}."
        )


@transaction.atomic
def add_to_release(
    release: Release,
    *,
    actor: Person | None,
    work_item: WorkItem,
    note: str = "",
    at: datetime | None = None,
) -> ReleaseItem:
    """Puts a work item into a release that is not approved yet; adding it again does nothing."""
    release = locked(release)
    require(actor, "change_contents", release)
    _fillable(release)
    if work_item.state == "cancelled":
        raise TransitionNotAllowed(f"{work_item.key} was cancelled.")
    item, added = ReleaseItem.objects.get_or_create(
        release=release, work_item=work_item, defaults={"note": note.strip()[:250]}
    )
    if added:
        record(
            events.RELEASE_ITEM_ADDED,
            release,
            actor=actor,
            at=at,
            key=work_item.key,
            work_item_id=work_item.pk,
        )
    return item


@transaction.atomic
def remove_from_release(
    release: Release, *, actor: Person | None, work_item: WorkItem, at: datetime | None = None
) -> Release:
    """Takes a work item out of a release that is not approved yet."""
    release = locked(release)
    require(actor, "change_contents", release)
    _fillable(release)
    removed, _ = ReleaseItem.objects.filter(release=release, work_item=work_item).delete()
    if removed:
        record(
            events.RELEASE_ITEM_REMOVED,
            release,
            actor=actor,
            at=at,
            key=work_item.key,
            work_item_id=work_item.pk,
        )
    return release


@transaction.atomic
def advance_release(
    release: Release, *, actor: Person | None, step: str, at: datetime | None = None
) -> Release:
    """Takes one of the steps build, test, check_readiness, approve, close or withdraw.

    Approval is refused while a blocking criterion is open, support says it is not ready, or
    support has not signed.
    """
    release = locked(release)
    require(actor, "advance", release)
    if step not in _STEPS:
        raise DomainError("Choose a step.", field="step")
    target = RELEASE.target(step, release.state)
    if step == "approve":
        _check_ready(release)
    if step == "check_readiness" and not release.items.exists():
        raise DomainError("Add what is in the release first.", field="step")
    release.state = target
    release.save(update_fields=["state"])
    record(
        events.RELEASE_ADVANCED,
        release,
        actor=actor,
        at=at,
        state=target,
        label=RELEASE.label(target),
        step=step,
    )
    return release


def _check_ready(release: Release) -> None:
    against = objections(release)
    if against:
        raise TransitionNotAllowed(" ".join(against))


@transaction.atomic
def tell_support(
    release: Release, *, actor: Person, note: str, at: datetime | None = None
) -> Release:
    """Tells the support owners and teams of what changes that a release is coming."""
    release = locked(release)
    require(actor, "tell_support", release)
    note = words(note, field="note", missing="Say what support should know.", longest=1000)
    record(events.SUPPORT_TOLD, release, actor=actor, at=at, note=note)
    return release


@transaction.atomic
def note_support_told(release: Release, *, at: datetime) -> Release:
    """Notes that a notice went out to support; the first time is kept."""
    release = locked(release)
    if release.support_told_at is None or at < release.support_told_at:
        release.support_told_at = at
        release.save(update_fields=["support_told_at"])
    note_involvement(
        release, actor=None, side="support", stage=Stage.RELEASING, kind=Kind.NOTIFIED, at=at
    )
    return release


@transaction.atomic
def deploy_release(
    release: Release, *, actor: Person | None, at: datetime | None = None
) -> Deployment:
    """Starts the deployment of an approved release; support may still stop it until now."""
    release = locked(release)
    require(actor, "deploy", release)
    target = RELEASE.target("deploy", release.state)
    _check_ready(release)
    now = at or timezone.now()
    release.state = target
    release.save(update_fields=["state"])
    deployment = Deployment.objects.create(release=release, started_at=now, person=actor)
    record(events.DEPLOYMENT_STARTED, release, actor=actor, at=now, version=release.version)
    return deployment


@transaction.atomic
def finish_deployment(
    release: Release, *, actor: Person | None, at: datetime | None = None
) -> Release:
    """The release is live: hypercare begins, and everyone concerned is told."""
    release = locked(release)
    require(actor, "finish_deployment", release)
    now = at or timezone.now()
    release.state = RELEASE.target("finish_deployment", release.state)
    release.deployed_at = now
    release.save(update_fields=["state", "deployed_at"])
    release.deployments.filter(status=Deployment.Status.STARTED).update(
        status=Deployment.Status.SUCCEEDED, finished_at=now
    )
    record(
        events.RELEASE_DEPLOYED,
        release,
        actor=actor,
        at=now,
        version=release.version,
        deployed_at=now.isoformat(),
    )
    return release


@transaction.atomic
def fail_deployment(
    release: Release, *, actor: Person | None, reason: str, at: datetime | None = None
) -> Release:
    """The deployment did not work: the release is withdrawn, and why."""
    release = locked(release)
    require(actor, "finish_deployment", release)
    reason = words(reason, field="reason", missing="Say what went wrong.", longest=500)
    if release.state != "deploying":
        raise TransitionNotAllowed("This release is not being deployed.")
    now = at or timezone.now()
    release.state = RELEASE.target("withdraw", release.state)
    release.save(update_fields=["state"])
    release.deployments.filter(status=Deployment.Status.STARTED).update(
        status=Deployment.Status.FAILED, finished_at=now
    )
    record(events.DEPLOYMENT_FAILED, release, actor=actor, at=now, reason=reason)
    return release
