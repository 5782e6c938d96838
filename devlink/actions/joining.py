"""Support was absent and asks to take part in the next one."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person, Team
from accounts.roles import Side
from core.errors import TransitionNotAllowed
from core.timeline import record
from devlink import events
from devlink.actions.involvement import Stage
from devlink.actions.rows import locked
from devlink.models import InvolvementEvent, JoinRequest, Release, Sprint, WorkItem
from devlink.permissions import require

_FIELDS: dict[type, str] = {Sprint: "sprint", WorkItem: "work_item", Release: "release"}


@transaction.atomic
def ask_to_join(
    missed: Sprint | WorkItem | Release, *, actor: Person, at: datetime | None = None
) -> JoinRequest:
    """Asks the team that ran it to have support in the next one; they are told.

    Asking again changes nothing and tells nobody. TransitionNotAllowed while support can still
    take part in this one, or did.
    """
    missed = locked(missed)
    require(actor, "ask_to_join", missed)
    _check_missed(missed)
    teams = Team.objects.filter(side=Side.SUPPORT, memberships__person=actor)
    asked, is_new = JoinRequest.objects.get_or_create(
        team=teams.order_by("name").first(),
        **{_FIELDS[type(missed)]: missed},
        defaults={"person": actor, "created_at": at or timezone.now()},
    )
    if is_new:
        record(events.JOIN_ASKED, missed, actor=actor, at=at, asker=asked.asker, join_id=asked.pk)
    return asked


def _check_missed(missed: Sprint | WorkItem | Release) -> None:
    """It is past the moment up to which support could take part, and support did not."""
    rows = InvolvementEvent.objects.involving_support()
    if isinstance(missed, Sprint):
        until = missed.started_at
        rows = rows.filter(sprint=missed, stage=Stage.PRIORITIZATION)
    elif isinstance(missed, WorkItem):
        until = missed.committed_at
        rows = rows.filter(work_item=missed, stage=Stage.REQUIREMENTS)
    else:
        until = missed.deployed_at
    if until is None:
        raise TransitionNotAllowed(f"{missed} is still to come: take part in it now.")
    if isinstance(missed, Release):
        there = missed.support_told_at is not None and missed.support_told_at < until
    else:
        there = rows.filter(at__lte=until).exists()
    if there:
        raise TransitionNotAllowed(f"Support was there: {missed}.")
