"""Sprints, releases and deployments of a tracker, taken over as rows of ours.

Each may be told any number of times and in any order: what is older than what stands here changes
nothing. `asked_at` is when the tracker was asked.
"""

import re
from datetime import date, datetime, time
from urllib.parse import urlsplit

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from devlink.actions.elsewhere import note_deployment, recall_release
from devlink.actions.releases import create_release
from devlink.actions.sprints import close_sprint, create_sprint, start_sprint
from devlink.connectors.base import RemoteDeployment, RemoteRelease, RemoteSprint
from devlink.models import Deployment, Release, Sprint, Tracker
from devlink.workflow import RELEASE

_VERSION = re.compile(r"(?:refs/tags/)?([A-Za-z_-]{0,20}[0-9]+(?:\.[0-9A-Za-z_+-]+)+)")


def held(tracker: Tracker) -> Tracker:
    """The tracker's row, held until the transaction ends: what it tells is taken over one by one.

    Deliveries may still be kept meanwhile.
    """
    return Tracker.objects.select_for_update(no_key=True).get(pk=tracker.pk)


def clean(text: str, longest: int) -> str:
    """Text of a tracker fit to be stored."""
    text = text.replace("\x00", "").encode("utf-8", "replace").decode()
    return text.strip()[:longest].strip()


def link(url: str) -> str:
    """A web address to show; empty for anything else."""
    try:
        fit = urlsplit(url).scheme in {"http", "https"} and len(url) <= 300
    except ValueError:
        return ""
    return url if fit else ""


@transaction.atomic
def mirror_sprint(tracker: Tracker, remote: RemoteSprint, *, asked_at: datetime) -> Sprint:
    """The sprint as the tracker has it; asks that got no answer before its start have expired."""
    tracker = held(tracker)
    sprint = _known_sprint(tracker, remote)
    if sprint is not None and sprint.asked_at is not None and asked_at < sprint.asked_at:
        return sprint
    starts_on, ends_on = remote.starts_on, remote.ends_on
    if sprint is None:
        sprint = create_sprint(
            actor=None,
            name=_sprint_name(tracker, remote.name or remote.key),
            team=tracker.team,
            starts_on=starts_on or ends_on,
            ends_on=_not_before(ends_on, starts_on),
        )
    if sprint.name == clean(remote.key, 80) != clean(remote.name, 80) != "":
        # An item told of it first, by its key.
        sprint.name = _sprint_name(tracker, remote.name)
    sprint.tracker, sprint.external_id = tracker, clean(remote.key, 80)
    sprint.asked_at = asked_at
    sprint.starts_on = starts_on or sprint.starts_on
    sprint.ends_on = _not_before(ends_on, sprint.starts_on) or max(sprint.ends_on, sprint.starts_on)
    sprint.save(
        update_fields=["name", "tracker", "external_id", "asked_at", "starts_on", "ends_on"]
    )
    if remote.state != "planning" and sprint.is_planning:
        began = _noon(sprint.starts_on)
        sprint = start_sprint(sprint, actor=None, expire_unanswered=True, at=began)
    if remote.state == "closed" and sprint.state == "active":
        sprint = close_sprint(sprint, actor=None, at=_noon(sprint.ends_on))
    return sprint


def _known_sprint(tracker: Tracker, remote: RemoteSprint) -> Sprint | None:
    mine = Sprint.objects.filter(tracker=tracker)
    known = mine.filter(external_id=clean(remote.key, 80)).first()
    if known is not None:
        return known
    begun = mine.filter(external_id="", name__in=[clean(remote.name, 80), clean(remote.key, 80)])
    ours = Sprint.objects.filter(tracker=None, team=tracker.team, name=clean(remote.name, 80))
    return begun.first() or ours.first()


def sprint_named(tracker: Tracker, name: str) -> Sprint:
    """The tracker's sprint of this key or name; one that is told of later is begun here."""
    mine = Sprint.objects.filter(tracker=tracker)
    name = clean(name, 80)
    found = mine.filter(external_id=name).first() or mine.filter(name=name).first()
    if found is not None:
        return found
    begun = create_sprint(actor=None, name=_sprint_name(tracker, name), team=tracker.team)
    begun.tracker = tracker
    begun.save(update_fields=["tracker"])
    return begun


def _sprint_name(tracker: Tracker, name: str) -> str:
    name = clean(name, 80) or "Sprint"
    if not Sprint.objects.filter(team=tracker.team, name=name).exists():
        return name
    return clean(f"{name[:40]} ({tracker.name})", 80)


def _not_before(day: date | None, other: date | None) -> date | None:
    return None if day is None or (other is not None and day < other) else day


def _noon(day: date) -> datetime:
    moment = timezone.make_aware(datetime.combine(day, time(12)))
    return min(moment, timezone.now())


@transaction.atomic
def mirror_release(tracker: Tracker, remote: RemoteRelease, *, asked_at: datetime) -> Release:
    """The release as the tracker has it; one that came out there is live here.

    Notes are taken over while there are none here, so that lines added here stay. What came out
    before the tracker was known, and nobody here waited for, is told to nobody.
    """
    tracker = held(tracker)
    release = _known_release(tracker, remote) or release_named(tracker, remote.version)
    if release.asked_at is not None and asked_at < release.asked_at:
        return release
    release.tracker, release.external_id = tracker, clean(remote.key, 80)
    release.external_url = link(remote.url)
    release.asked_at = asked_at
    release.name = clean(remote.name, 120) or release.name
    release.notes = release.notes or clean(remote.notes, 100_000)
    release.save(
        update_fields=["tracker", "external_id", "external_url", "asked_at", "name", "notes"]
    )
    if remote.released_at is not None:
        _came_out(tracker, release, min(remote.released_at, timezone.now()))
        release.refresh_from_db()
    return release


def _known_release(tracker: Tracker, remote: RemoteRelease) -> Release | None:
    key = clean(remote.key, 80)
    return Release.objects.filter(tracker=tracker, external_id=key).first()


def _came_out(tracker: Tracker, release: Release, at: datetime) -> None:
    if release.is_released:
        return
    waited_for = release.work_items.filter(Q(problem__isnull=False) | Q(cluster__isnull=False))
    before = release.state in RELEASE.steps["recall"].sources
    if at < tracker.created_at and before and not waited_for.exists():
        recall_release(release, at=at)
        return
    note_deployment(
        release,
        environment="production",
        status=Deployment.Status.SUCCEEDED,
        at=at,
        tracker=tracker,
        external_id=f"release:{release.external_id}"[:80],
        url=release.external_url,
    )


def release_named(tracker: Tracker, version: str) -> Release:
    """The tracker's release of this version, or ours that no tracker has; else a new one."""
    version = clean(version, 40) or "unnamed"
    apart = _apart(tracker, version)
    mine = Release.objects.filter(tracker=tracker, version__in=[version, apart]).first()
    if mine is not None:
        return mine
    _one_begins_at_a_time()
    other = Release.objects.filter(version=version).first()
    if other is not None and other.tracker_id is None:
        release = other
    else:
        release = _begun(version if other is None else apart)
    release.tracker = tracker
    release.save(update_fields=["tracker"])
    return release


def _one_begins_at_a_time() -> None:
    """Two trackers that tell of one version at the same moment mean one release."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('devlink.release_begins'))")


def _begun(version: str) -> Release:
    """A new release; the one that somebody planned on a page at the same moment."""
    try:
        with transaction.atomic():
            return create_release(actor=None, version=version)
    except IntegrityError:
        return Release.objects.get(version=version)


def _apart(tracker: Tracker, version: str) -> str:
    """What a version is called here when another tracker has one of the same name."""
    return clean(f"{version[:24]} {tracker.name}", 40)


@transaction.atomic
def mirror_deployment(
    tracker: Tracker, remote: RemoteDeployment, *, asked_at: datetime
) -> Deployment | None:
    """The deployment as the tracker has it; None when it is of no version (a branch, a commit)."""
    tracker = held(tracker)
    ref = clean(remote.ref, 80)
    release = _release_known_as(tracker, ref)
    if release is None and _VERSION.fullmatch(ref):
        release = deployed_release(tracker, ref)
    if release is None:
        return None
    return note_deployment(
        release,
        environment=remote.environment,
        status=Deployment.Status(remote.status.value),
        at=min(remote.at, asked_at),
        tracker=tracker,
        external_id=clean(remote.key, 80),
        url=link(remote.url),
    )


def deployed_release(tracker: Tracker, version: str) -> Release:
    """The release a deployment is of; an unknown one is begun here, for its tracker to claim."""
    version = clean(version, 80).removeprefix("refs/tags/")[:40]
    known = _release_known_as(tracker, version)
    if known is not None:
        return known
    _one_begins_at_a_time()
    known = _release_known_as(tracker, version)
    if known is not None:
        return known
    if Release.objects.filter(version=version).exists():
        version = _apart(tracker, version)
    return _begun(version)


def _release_known_as(tracker: Tracker, ref: str) -> Release | None:
    """A release of this tag: the tracker's own, one of nobody's, or of the same team's."""
    tag = ref.removeprefix("refs/tags/")
    names = [tag, tag.removeprefix("v"), f"v{tag}", _apart(tracker, tag)]
    known = Release.objects.filter(version__in=names)
    near = (
        known.filter(tracker=tracker),
        known.filter(tracker=None),
        known.filter(tracker__team=tracker.team),
    )
    return next((one for one in map(_newest, near) if one is not None), None)


def _newest(releases: QuerySet[Release]) -> Release | None:
    return releases.order_by("-pk").first()
