"""Deployments another system carried out: facts that hold whatever readiness says here."""

from datetime import datetime

from django.db import transaction

from core.timeline import record
from devlink import events
from devlink.actions.rows import locked
from devlink.models import Deployment, Release, Tracker
from devlink.workflow import RELEASE

_PRODUCTION = frozenset({"production", "prod", "live"})
_Status = Deployment.Status


def is_production(environment: str) -> bool:
    """True for where people use it; only that changes the release's state."""
    return environment.strip().lower() in _PRODUCTION


@transaction.atomic
def note_deployment(
    release: Release,
    *,
    environment: str,
    status: str,
    at: datetime,
    tracker: Tracker,
    external_id: str,
    url: str = "",
) -> Deployment:
    """What a tracker or pipeline says of a deployment, in whatever order it says it.

    A word that is older than what is known of the same deployment changes nothing. A finished one
    in production makes the release live, with everything that follows from it.
    """
    release = locked(release)
    known = Deployment.objects.filter(tracker=tracker, external_id=external_id).first()
    if known is not None and not _is_news(known, status, at):
        return known
    deployment = known or Deployment(
        release=release, tracker=tracker, external_id=external_id, started_at=at, person=None
    )
    deployment.environment = environment.replace("\x00", "").strip()[:40] or "production"
    deployment.status = status
    deployment.started_at = min(deployment.started_at, at)
    deployment.finished_at = None if status == _Status.STARTED else at
    deployment.external_url = url
    deployment.save()
    record(
        events.DEPLOYED_ELSEWHERE,
        release,
        actor=None,
        at=at,
        environment=deployment.environment,
        status=status,
        status_label=_Status(status).label.lower(),
        deployment_id=deployment.pk,
    )
    if is_production(deployment.environment):
        _move(release, deployment, at)
    return deployment


def _is_news(known: Deployment, status: str, at: datetime) -> bool:
    if status == known.status:
        return False
    if known.finished_at is None:
        return True
    return status != _Status.STARTED and at > known.finished_at


def _move(release: Release, deployment: Deployment, at: datetime) -> None:
    """Takes the release along; one that is live stays live."""
    if deployment.status == _Status.SUCCEEDED:
        _go_live(release, at)
        return
    later = release.deployments.filter(started_at__gt=deployment.started_at).exclude(
        pk=deployment.pk
    )
    if any(is_production(one.environment) for one in later):
        return
    if deployment.status == _Status.STARTED:
        _begin(release, at)
    else:
        _fail(release, deployment, at)


def _begin(release: Release, at: datetime) -> None:
    if release.state not in RELEASE.steps["deploy_elsewhere"].sources:
        return
    release.state = RELEASE.target("deploy_elsewhere", release.state)
    release.save(update_fields=["state"])
    record(events.DEPLOYMENT_STARTED, release, actor=None, at=at, version=release.version)


def _go_live(release: Release, at: datetime) -> None:
    if release.state not in RELEASE.steps["go_live_elsewhere"].sources:
        return
    release.state = RELEASE.target("go_live_elsewhere", release.state)
    release.deployed_at = at
    release.save(update_fields=["state", "deployed_at"])
    record(
        events.RELEASE_DEPLOYED,
        release,
        actor=None,
        at=at,
        version=release.version,
        deployed_at=at.isoformat(),
    )


def _fail(release: Release, deployment: Deployment, at: datetime) -> None:
    if release.state not in RELEASE.steps["withdraw"].sources:
        return
    release.state = RELEASE.target("withdraw", release.state)
    release.save(update_fields=["state"])
    reason = f"The deployment to {deployment.environment} failed."
    record(events.DEPLOYMENT_FAILED, release, actor=None, at=at, reason=reason)


@transaction.atomic
def recall_release(release: Release, *, at: datetime) -> Release:
    """It came out before anybody here knew of it, and nobody here waited: told to nobody."""
    release = locked(release)
    release.state = RELEASE.target("recall", release.state)
    release.deployed_at = at
    release.save(update_fields=["state", "deployed_at"])
    record(events.RELEASE_RECALLED, release, actor=None, day=at.date().isoformat())
    return release
