"""From the draft to the decision."""

from datetime import datetime

from django.db import transaction

from accounts.models import Person
from changes import events
from changes.actions.rows import enter, locked, needed
from changes.models import Change
from core.errors import DomainError


@transaction.atomic
def submit_change(change: Change, *, actor: Person, at: datetime | None = None) -> Change:
    """Hands the draft in. A normal change needs a plan and a way back."""
    draft = locked(change)
    if draft.type == Change.Type.NORMAL:
        needed(draft.implementation_plan, "implementation_plan", "Say how it will be done.")
        needed(draft.backout_plan, "backout_plan", "Say how it would be undone.")
    return enter(change, "submit", events.CHANGE_SUBMITTED, actor=actor, at=at)


@transaction.atomic
def assess_change(change: Change, *, actor: Person, at: datetime | None = None) -> Change:
    """Begins to assess risk and impact."""
    return enter(change, "assess", events.CHANGE_ASSESSED, actor=actor, at=at)


@transaction.atomic
def request_authorisation(change: Change, *, actor: Person, at: datetime | None = None) -> Change:
    """Puts the change before the change authority; it needs a planned window."""
    if locked(change).planned_start is None:
        raise DomainError("Plan a start first.", field="planned_start")
    return enter(
        change, "request_authorisation", events.AUTHORISATION_REQUESTED, actor=actor, at=at
    )


@transaction.atomic
def authorise_change(change: Change, *, actor: Person, at: datetime | None = None) -> Change:
    """The change authority agrees; nobody authorises a change of their own."""
    return enter(
        change,
        "authorise",
        events.CHANGE_AUTHORISED,
        actor=actor,
        at=at,
        fields={"authorised_by": actor},
    )


@transaction.atomic
def schedule_standard_change(
    change: Change, *, actor: Person, at: datetime | None = None
) -> Change:
    """A standard change is pre-authorised."""
    return enter(
        change,
        "schedule_standard",
        events.CHANGE_SCHEDULED,
        actor=actor,
        at=at,
        why="standard changes are pre-authorised",
    )


@transaction.atomic
def expedite_change(change: Change, *, actor: Person, at: datetime | None = None) -> Change:
    """An emergency change goes ahead on the word of the change authority."""
    return enter(
        change,
        "expedite",
        events.CHANGE_SCHEDULED,
        actor=actor,
        at=at,
        fields={"authorised_by": actor},
        why="it is an emergency",
    )


@transaction.atomic
def reject_change(
    change: Change, *, actor: Person, note: str, at: datetime | None = None
) -> Change:
    """The change authority says no, and why."""
    note = needed(note, "note", "Say why, so that the requester knows.")
    return enter(change, "reject", events.CHANGE_REJECTED, actor=actor, at=at, note=note)


@transaction.atomic
def cancel_change(
    change: Change, *, actor: Person, note: str, at: datetime | None = None
) -> Change:
    """It will not be done, and why."""
    note = needed(note, "note", "Say why it is not needed any more.")
    return enter(change, "cancel", events.CHANGE_CANCELLED, actor=actor, at=at, note=note)
