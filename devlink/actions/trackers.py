"""Trackers: added, changed, disabled with a reason, left alone after trouble."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from accounts.models import Person, Team
from accounts.roles import Side
from core.errors import DomainError
from core.timeline import record
from devlink import events
from devlink.actions.rows import locked, team_of, words
from devlink.models import Tracker
from devlink.models.trackers import PIPELINE, kind_choices
from devlink.permissions import require
from devlink.workflow import TRACKER

_SHORTEST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)


@transaction.atomic
def add_tracker(
    *,
    actor: Person | None,
    kind: str,
    name: str,
    team: Team,
    project: str = "",
    base_url: str = "",
    user: str = "",
    token: str = "",
    components: Mapping[str, int] | None = None,
) -> tuple[Tracker, str]:
    """A tracker, and the secret its webhooks are to be signed with: it is told here only."""
    require(actor, "add_tracker")
    if kind not in dict(kind_choices()):
        raise DomainError("Choose a kind.", field="kind")
    tracker = Tracker(
        kind=kind,
        name=_free_name(name),
        team=team_of(actor, Side.DEVELOPMENT, given=team),
        base_url=_address(base_url),
        project=_project(project, kind),
        user=user.replace("\x00", "").strip()[:200],
        components=dict(components or {}),
        created_by=actor,
    )
    tracker.keep_token(_plain(token))
    secret = secrets.token_urlsafe(32)
    tracker.keep_secret(secret)
    tracker.save()
    record(events.TRACKER_ADDED, tracker, actor=actor)
    return tracker, secret


@transaction.atomic
def edit_tracker(
    tracker: Tracker,
    *,
    actor: Person | None,
    name: str | None = None,
    team: Team | None = None,
    project: str | None = None,
    base_url: str | None = None,
    user: str | None = None,
    token: str = "",
    components: Mapping[str, int] | None = None,
) -> Tracker:
    """Changes what is given; None, and an empty token, leave what is there."""
    tracker = locked(tracker)
    require(actor, "edit_tracker", tracker)
    wanted: Mapping[str, object] = {
        "name": None if name is None else _free_name(name, tracker),
        "team": None if team is None else team_of(actor, Side.DEVELOPMENT, given=team),
        "project": None if project is None else _project(project, tracker.kind),
        "base_url": None if base_url is None else _address(base_url),
        "user": None if user is None else user.replace("\x00", "").strip()[:200],
        "components": None if components is None else dict(components),
    }
    changed = [
        field
        for field, value in wanted.items()
        if value is not None and getattr(tracker, field) != value
    ]
    elsewhere = {"project", "base_url"} & set(changed)
    if "base_url" in changed and tracker.has_token and not token:
        sentence = "Enter the token again: it is only sent to the address it was entered for."
        raise DomainError(sentence, field="token")
    for field in changed:
        setattr(tracker, field, wanted[field])
    saved = list(changed)
    if elsewhere:
        # Another place is read from its beginning.
        tracker.items_until = tracker.deployments_until = None
        saved += ["items_until", "deployments_until"]
    if token:
        tracker.keep_token(_plain(token))
        changed.append("token")
        saved.append("sealed_token")
    if changed:
        tracker.save(update_fields=saved)
        told = ", ".join(one.replace("_", " ") for one in changed)
        record(events.TRACKER_EDITED, tracker, actor=actor, fields=told)
    return tracker


def _free_name(name: str, but: Tracker | None = None) -> str:
    name = words(name, field="name", missing="Give the tracker a name.", longest=80)
    others = Tracker.objects.filter(name__iexact=name)
    if (others if but is None else others.exclude(pk=but.pk)).exists():
        raise DomainError("There is a tracker of this name.", field="name")
    return name


def _project(project: str, kind: str) -> str:
    if kind == PIPELINE:
        return ""
    missing = "Say which project, such as owner/name, group/path or a project key."
    return words(project, field="project", missing=missing, longest=200)


def _address(url: str) -> str:
    url = url.replace("\x00", "").strip().rstrip("/")
    if not url:
        return ""
    sentence = "Give an address such as https://tracker.example.com, without a name or password."
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
    except ValueError as error:
        raise DomainError(sentence, field="base_url") from error
    if not known or len(url) > 300:
        raise DomainError(sentence, field="base_url")
    return url


def _plain(token: str) -> str:
    """A token goes into a header: one line of ASCII."""
    token = token.strip()
    if not (token.isascii() and token.isprintable() and len(token) <= 2000):
        raise DomainError("A token is one line of letters, digits and signs.", field="token")
    return token


@transaction.atomic
def change_tracker_secret(tracker: Tracker, *, actor: Person | None) -> str:
    """A new webhook secret, told here only; the one before is good for nothing any more."""
    tracker = locked(tracker)
    require(actor, "edit_tracker", tracker)
    secret = secrets.token_urlsafe(32)
    tracker.keep_secret(secret)
    tracker.save(update_fields=["sealed_secret"])
    record(events.TRACKER_SECRET_CHANGED, tracker, actor=actor)
    return secret


@transaction.atomic
def disable_tracker(tracker: Tracker, *, actor: Person | None, reason: str) -> Tracker:
    """Nothing is asked of it and nothing sent until somebody enables it; its page says why."""
    tracker = locked(tracker)
    require(actor, "disable_tracker", tracker)
    tracker.state = TRACKER.target("disable", tracker.state)
    tracker.reason = words(reason, field="reason", missing="Say why.")[:1000]
    tracker.save(update_fields=["state", "reason"])
    record(events.TRACKER_DISABLED, tracker, actor=actor, reason=tracker.reason)
    return tracker


@transaction.atomic
def enable_tracker(tracker: Tracker, *, actor: Person | None) -> Tracker:
    """It is asked again at once, from where it was left."""
    tracker = locked(tracker)
    require(actor, "enable_tracker", tracker)
    tracker.state = TRACKER.target("enable", tracker.state)
    tracker.reason = tracker.error = ""
    tracker.failures = 0
    tracker.not_before = None
    tracker.save(update_fields=["state", "reason", "error", "failures", "not_before"])
    record(events.TRACKER_ENABLED, tracker, actor=actor)
    return tracker


@transaction.atomic
def note_trouble(
    tracker: Tracker, *, reason: str, permanent: bool, retry_after: float | None = None
) -> Tracker:
    """A permanent fault disables the tracker; a temporary one leaves it alone for a while.

    The wait is what the tracker asked for, or else half a minute, doubling up to an hour.
    """
    tracker = locked(tracker)
    reason = reason.replace("\x00", "").strip() or "It gave no reason."
    if not tracker.is_active:
        return tracker
    if permanent:
        return disable_tracker(tracker, actor=None, reason=reason)
    wait = min(_SHORTEST_WAIT * 2 ** min(tracker.failures, 10), _LONGEST_WAIT)
    if retry_after is not None and retry_after > 0:
        wait = max(wait, timedelta(seconds=min(retry_after, 24 * 3600)))
    tracker.failures = min(tracker.failures + 1, 1000)
    tracker.error = reason[:1000]
    tracker.not_before = timezone.now() + wait
    tracker.save(update_fields=["failures", "error", "not_before"])
    return tracker


@transaction.atomic
def note_synced(tracker: Tracker, *, faults: str = "") -> Tracker:
    """Everything was compared; `faults` says what could not be taken over."""
    tracker = locked(tracker)
    tracker.last_sync_at = timezone.now()
    tracker.error = faults[:1000]
    tracker.failures = 0
    tracker.not_before = None
    tracker.save(update_fields=["last_sync_at", "error", "failures", "not_before"])
    return tracker
