"""Drafting a change and changing the draft."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from catalogue.models import Component
from changes.actions.rows import locked, needed
from changes.actions.tickets import link_tickets_to_change
from changes.events import CHANGE_CREATED, CHANGE_EDITED
from changes.models import Change
from changes.permissions import require
from changes.workflow import CHANGE
from core.errors import DomainError, TransitionNotAllowed
from core.timeline import record
from incidents.models import Ticket
from problems.models import Problem

_TEXTS = frozenset({"description", "implementation_plan", "backout_plan", "test_plan"})


class ChangeFields(TypedDict, total=False):
    """What a draft says; what is left out stays as it is."""

    title: str
    description: str
    type: str
    risk: int
    impact: int
    problem: Problem | None
    implementer: Person | None
    implementation_plan: str
    backout_plan: str
    test_plan: str
    planned_start: datetime | None
    planned_end: datetime | None


def _check(change: Change) -> None:
    change.title = needed(change.title, "title", "Give the change a title.")[:200]
    if change.type not in Change.Type.values:
        raise DomainError("Choose standard, normal or emergency.", field="type")
    if change.planned_end and not change.planned_start:
        raise DomainError("Say when it starts.", field="planned_start")
    if change.planned_end and change.planned_start and change.planned_end < change.planned_start:
        raise DomainError("The planned end is before the planned start.", field="planned_end")


@transaction.atomic
def create_change(
    *,
    actor: Person,
    components: Sequence[Component] = (),
    tickets: Sequence[Ticket] = (),
    at: datetime | None = None,
    **fields: Unpack[ChangeFields],
) -> Change:
    """A draft of a change asked for by `actor`, made for `tickets`; a title is needed."""
    require(actor, "create")
    change = Change(requester=actor, created_at=at or timezone.now())
    _write(change, fields)
    _check(change)
    change.save()
    change.components.set(components)
    words = change.get_type_display().lower()
    record(CHANGE_CREATED, change, actor=actor, at=change.created_at, change_type=words)
    if tickets:
        link_tickets_to_change(change, actor=actor, tickets=tickets, at=change.created_at)
    return change


@transaction.atomic
def edit_change(
    change: Change,
    *,
    actor: Person,
    components: Sequence[Component] | None = None,
    **fields: Unpack[ChangeFields],
) -> Change:
    """Changes what a change says; once it is scheduled only its review may be written."""
    change = locked(change)
    require(actor, "edit", change)
    if change.state not in {"draft", "submitted", "assess"}:
        label = CHANGE.label(change.state).lower()
        raise TransitionNotAllowed(f"What was asked for is fixed while the change is {label}.")
    before = {name: getattr(change, name) for name in fields}
    _write(change, fields)
    _check(change)
    changed = [name for name in fields if getattr(change, name) != before[name]]
    if changed:
        change.save(update_fields=changed)
    if components is not None and set(components) != set(change.components.all()):
        change.components.set(components)
        changed.append("components")
    if changed:
        names = ", ".join(name.replace("_", " ") for name in changed)
        record(CHANGE_EDITED, change, actor=actor, fields=names)
    return change


def _write(change: Change, fields: ChangeFields) -> None:
    for name, value in fields.items():
        clean = value.replace("\x00", "") if isinstance(value, str) and name in _TEXTS else value
        setattr(change, name, clean)
