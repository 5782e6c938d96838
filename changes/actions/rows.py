"""Taking a change through one step of its table."""

from datetime import datetime

from django.utils import timezone

from accounts.models import Person
from changes.models import Change
from changes.permissions import fits_type, require
from changes.workflow import CHANGE
from core.errors import DomainError, TransitionNotAllowed
from core.events import EventKind
from core.timeline import record, type_json


def locked(change: Change) -> Change:
    """The row as it is now, held until the transaction ends."""
    return Change.objects.select_for_update(of=("self",)).get(pk=change.pk)


def enter(
    change: Change,
    step: str,
    kind: EventKind,
    *,
    actor: Person | None,
    at: datetime | None,
    fields: dict[str, object] | None = None,
    **payload: type_json,
) -> Change:
    """Locks, asks, moves, saves and records. `fields` are set along with the state."""
    change = locked(change)
    require(actor, step, change)
    target = CHANGE.target(step, change.state)
    if not fits_type(step, change):
        raise TransitionNotAllowed(
            f"“{CHANGE.steps[step].label}” is not the way of a {change.get_type_display().lower()}"
            " change."
        )
    change.state = target
    values = fields or {}
    for name, value in values.items():
        setattr(change, name, value)
    change.save(update_fields=["state", *values])
    record(kind, change, actor=actor, at=at or timezone.now(), **payload)
    return change


def needed(text: str, field: str, sentence: str) -> str:
    """The text without blanks around it; refused with the sentence when nothing is left."""
    clean = text.replace("\x00", "").strip()
    if not clean:
        raise DomainError(sentence, field=field)
    return clean
