"""Every deployment of a release is also a change: what changed on a component is found there."""

from datetime import datetime

from django.db import transaction

from accounts.models import Person
from catalogue.models import Component
from changes.actions import (
    close_change,
    create_change,
    implement_change,
    review_change,
    schedule_standard_change,
)
from changes.models import Change
from devlink.actions.rows import locked
from devlink.models import Release


@transaction.atomic
def open_change_of(
    release: Release, *, actor: Person | None, at: datetime | None = None
) -> Change | None:
    """The change that deploys the release, begun now; the one that exists when there is one.

    It is a standard change: the release's own approval, with support's signature, authorised it.
    None when nobody can be named as its requester.
    """
    release = locked(release)
    if release.change is not None:
        return release.change
    person = actor or release.manager
    if person is None:
        return None
    items = list(release.work_items.order_by("pk"))
    touched = {item.component_id for item in items if item.component_id}
    change = create_change(
        actor=person,
        title=f"{release} {release.name}".strip(),
        components=list(Component.objects.filter(pk__in=touched)),
        type=Change.Type.STANDARD,
        description="\n".join(str(item) for item in items) or release.notes,
        implementer=person,
        at=at,
    )
    change = schedule_standard_change(change, actor=person, at=at)
    change = implement_change(change, actor=person, at=at)
    release.change = change
    release.save(update_fields=["change"])
    return change


@transaction.atomic
def end_change_of(release: Release, *, at: datetime | None = None, failed: str = "") -> None:
    """The release's change is done and waits for its review; a failed one is closed as failed."""
    change = release.change
    if change is None or change.state != "implementing":
        return
    change = review_change(change, actor=None, at=at)
    if failed:
        close_change(change, actor=None, outcome="failed", review=failed, at=at)
