"""Items of a tracker, taken over as work items: words, people, state, sprint and versions."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from catalogue.models import Component
from core.timeline import record
from devlink import events
from devlink.actions.mirroring import clean, held, link, release_named, sprint_named
from devlink.actions.releases import add_to_release, remove_from_release
from devlink.actions.rows import locked
from devlink.actions.work import (
    cancel_work_item,
    commit_work_item,
    create_work_item,
    finish_work_item,
    put_back_work_item,
    reopen_work_item,
    start_work_item,
)
from devlink.connectors.base import ItemState, RemoteItem
from devlink.models import Release, ReleaseItem, Tracker, WorkItem

_FILLABLE = frozenset({"planning", "building", "testing", "readiness"})
_MARKER = re.compile(r"upstream:item:([0-9]{1,18})\b")
LONGEST_BODY = 100_000


def marker_of(item: WorkItem) -> str:
    """The text by which an item we make in a tracker is found again."""
    return f"upstream:item:{item.pk}"


@transaction.atomic
def mirror_item(tracker: Tracker, remote: RemoteItem, *, asked_at: datetime) -> WorkItem:
    """The work item as the tracker has it, new or changed.

    An older answer never overwrites a newer state, whichever comes first. States are taken step by
    step, so that everything happens that happens for a change made here.
    """
    tracker = held(tracker)
    item = _known(tracker, remote)
    if item is None:
        item = _made(tracker, remote)
    else:
        item = locked(item)
        if _is_older(item, remote, asked_at):
            return item
        _take_words(item, tracker, remote)
    item.tracker, item.external_id = tracker, clean(remote.key, 80)
    item.external_url = link(remote.url)
    item.changed_there_at = remote.updated_at or item.changed_there_at
    item.asked_at = asked_at
    item.save(
        update_fields=["tracker", "external_id", "external_url", "changed_there_at", "asked_at"]
    )
    moment = min(remote.updated_at or timezone.now(), timezone.now())
    item = _take_state(item, tracker, remote, moment)
    _take_sprint(item, tracker, remote.sprint)
    _take_versions(item, tracker, remote.fix_versions, moment)
    return item


def _known(tracker: Tracker, remote: RemoteItem) -> WorkItem | None:
    """The row that mirrors it, or the one of ours it was just made for."""
    mine = WorkItem.objects.filter(tracker=tracker)
    key = clean(remote.key, 80)
    known = mine.filter(external_id=key).first()
    # One that was imported from a file of this tracker is of no tracker yet.
    known = known or WorkItem.objects.filter(tracker=None, external_id=key, key=key).first()
    if known is not None:
        return known
    marked = _MARKER.search("\n".join([remote.body, *remote.labels]))
    if marked is None:
        return None
    return mine.filter(pk=int(marked[1]), external_id="").first()


def _is_older(item: WorkItem, remote: RemoteItem, asked_at: datetime) -> bool:
    there, here = remote.updated_at, item.changed_there_at
    if there is not None and here is not None and there != here:
        return there < here
    return item.asked_at is not None and asked_at < item.asked_at


def _made(tracker: Tracker, remote: RemoteItem) -> WorkItem:
    item = create_work_item(
        actor=None,
        key=_free_key(tracker, clean(remote.key, 40)),
        title=clean(remote.title, 200) or "Without a title",
        kind=remote.kind.value,
        description=clean(remote.body, LONGEST_BODY),
        component=_component(tracker, remote.labels),
        team=tracker.team,
        assignee=_developer(remote.assignee_email),
        at=min(remote.created_at or timezone.now(), timezone.now()),
    )
    item.assignee_name = "" if item.assignee else clean(remote.assignee, 120)
    item.save(update_fields=["assignee_name"])
    return item


def _free_key(tracker: Tracker, key: str) -> str:
    """The tracker's key where it tells the project (PAY-12), else with it (shop#12)."""
    name = key if key and not key.isdecimal() else f"{tracker.project.split('/')[-1][:24]}#{key}"
    name = name[:40]
    if WorkItem.objects.filter(key=name).exists():
        name = f"{name[: 40 - len(str(tracker.pk)) - 1]}~{tracker.pk}"
    return name


def _component(tracker: Tracker, labels: Sequence[str]) -> Component | None:
    """The first label that names a component of ours."""
    known = {str(name).lower(): pk for name, pk in tracker.components.items()}
    for label in labels:
        pk = known.get(label.lower())
        if pk is not None:
            return Component.objects.filter(pk=pk).first()
    return None


def _developer(email: str) -> Person | None:
    if not email or "\x00" in email:
        return None
    found = Person.objects.filter(email__iexact=email[:254], is_active=True).first()
    return found if found is not None and found.is_development else None


def _take_words(item: WorkItem, tracker: Tracker, remote: RemoteItem) -> None:
    """Title, description and people; an item that began here keeps its own description and kind."""
    assignee = _developer(remote.assignee_email)
    wanted: dict[str, object] = {
        "title": clean(remote.title, 200) or item.title,
        "assignee": assignee,
        "assignee_name": "" if assignee else clean(remote.assignee, 120),
        "component": item.component or _component(tracker, remote.labels),
    }
    if item.created_by_id is None:
        wanted |= {"description": clean(remote.body, LONGEST_BODY), "kind": remote.kind.value}
    changed = [name for name, value in wanted.items() if getattr(item, name) != value]
    for name in changed:
        setattr(item, name, wanted[name])
    if changed:
        item.save(update_fields=changed)
        told = ", ".join(name.replace("_", " ") for name in changed)
        record(events.WORK_ITEM_EDITED, item, actor=None, fields=told)


def _take_state(item: WorkItem, tracker: Tracker, remote: RemoteItem, moment: datetime) -> WorkItem:
    """Goes the steps of the table until it says what the tracker says."""
    wanted = remote.state
    if remote.finished_at is not None and wanted in {ItemState.DONE, ItemState.CANCELLED}:
        moment = min(remote.finished_at, moment)
    while (step := _next_step(item.state, wanted)) is not None:
        if step == "cancel":
            reason = f"Closed in {tracker.name} as not to be done."
            item = cancel_work_item(item, actor=None, reason=reason, at=moment)
        else:
            item = _STEPS[step](item, actor=None, at=moment)
    return item


_STEPS = {
    "commit": commit_work_item,
    "start": start_work_item,
    "finish": finish_work_item,
    "put_back": put_back_work_item,
    "reopen": reopen_work_item,
}


def _next_step(state: str, wanted: ItemState) -> str | None:
    """The next step on the way; None when nothing is left to do.

    What is still discussed here stays so while the tracker has it as open.
    """
    if state == wanted or (state == "discovery" and wanted is ItemState.TO_DO):
        return None
    if state in {"done", "cancelled"}:
        return "reopen"
    if wanted is ItemState.CANCELLED:
        return "cancel"
    if wanted is ItemState.IN_PROGRESS:
        return "start"
    if wanted is ItemState.TO_DO:
        return "put_back"
    return "commit" if state == "discovery" else "finish"


def _take_sprint(item: WorkItem, tracker: Tracker, name: str) -> None:
    """The sprint it is in there; a sprint of another team's that it is in here is left alone."""
    name = clean(name, 80)
    before = item.sprint
    if not name and (before is None or before.tracker_id != tracker.pk):
        return
    sprint = sprint_named(tracker, name) if name else None
    if sprint == before:
        return
    item.sprint = sprint
    item.save(update_fields=["sprint"])
    kind = events.WORK_ITEM_UNPLANNED if sprint is None else events.WORK_ITEM_PLANNED
    said = sprint or before
    if said is not None:
        record(kind, item, actor=None, sprint_id=said.pk, sprint=said.name)


def _take_versions(
    item: WorkItem, tracker: Tracker, versions: Sequence[str], moment: datetime
) -> None:
    """Puts it into the releases that are to hold it, and out of those that no longer do."""
    wanted = [release_named(tracker, one) for one in versions if clean(one, 40)]
    for release in wanted:
        _put_in(release, item, moment)
    held_now = Release.objects.filter(tracker=tracker, items__work_item=item)
    for release in held_now.filter(state__in=_FILLABLE).exclude(pk__in=[one.pk for one in wanted]):
        remove_from_release(release, actor=None, work_item=item)


def _put_in(release: Release, item: WorkItem, moment: datetime) -> None:
    if item.state == "cancelled":
        return
    if release.state in _FILLABLE:
        add_to_release(release, actor=None, work_item=item)
        return
    _, added = ReleaseItem.objects.get_or_create(release=release, work_item=item)
    if not added:
        return
    # Its contents are fixed here, and yet it was in it: what a deployment brings is caught up.
    waited_for = item.problem_id is not None or item.cluster_id is not None
    caught_up = release.is_released and waited_for
    kind = events.RELEASE_GREW if caught_up else events.RELEASE_ITEM_ADDED
    record(kind, release, actor=None, at=moment, key=item.key, work_item_id=item.pk)
