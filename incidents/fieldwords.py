"""A ticket's fields in words: their names, their values, and what others changed meanwhile."""

from collections.abc import Sequence

from accounts.models import Person
from incidents.models import FieldVersion, Ticket

# What can be changed from the box beside the conversation.
SHORT = 60
_LABELS = {"assignee": "the assignee", "team": "the team"}


def field_label(name: str) -> str:
    """`version seen` for `version_seen`."""
    return _LABELS.get(name, name.replace("_", " "))


def field_words(ticket: Ticket, name: str) -> str:
    """The present value as a person reads it; empty when there is none."""
    if name == "affected_users":
        return value_words(list(ticket.affected_users.all()))
    display = getattr(ticket, f"get_{name}_display", None)
    return str(display() or "") if display else value_words(getattr(ticket, name))


def value_words(value: object) -> str:
    """A value as the timeline keeps it."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(sorted(str(one) for one in value))
    return str(value)


def quoted(value: str) -> str:
    """A value inside a sentence, cut when it is long."""
    short = value if len(value) <= 200 else f"{value[:200]}…"
    return f"“{short}”" if value else "nothing"


def said_since(ticket: Ticket, version: int, *, reader: Person, without: Sequence[str] = ()) -> str:
    """What others changed after `version`, in a sentence; empty when they changed nothing."""
    newer = FieldVersion.objects.since(ticket, version).exclude(field__in=without)
    parts = [
        f"{one.person.name if one.person else 'Upstream'} changed {field_label(one.field)} to "
        f"{_short(field_words(ticket, one.field))}"
        for one in newer
        if one.person_id != reader.pk
    ]
    return f"Meanwhile {'; '.join(parts)}." if parts else ""


def _short(value: str) -> str:
    line = " ".join(value.split())
    return quoted(line if len(line) <= SHORT else f"{line[:SHORT]}…")
