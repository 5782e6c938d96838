"""Two people at one ticket: whose value a field has, and what to say when both changed it."""

from collections.abc import Mapping

from core.errors import EditConflict, FieldConflict
from incidents.fieldwords import field_label, field_words, quoted
from incidents.models import FieldVersion, Ticket


def refuse_conflicts(ticket: Ticket, version: int, wanted: Mapping[str, str]) -> None:
    """EditConflict when a field of `wanted` (its new value in words) was changed after `version`.

    One's own change from another window counts as well. The ticket is locked; when nothing was
    changed since `version` there is no query.
    """
    if version == ticket.version:
        return
    if version > ticket.version or version < 1:
        raise EditConflict("This version of the ticket does not exist.", field="version")
    newer = FieldVersion.objects.since(ticket, version).filter(field__in=wanted)
    conflicts = [
        FieldConflict(
            field=one.field,
            label=field_label(one.field),
            yours=wanted[one.field],
            theirs=field_words(ticket, one.field),
            by=one.person.name if one.person else "Upstream",
            at=one.at,
        )
        for one in newer
    ]
    if conflicts:
        first = conflicts[0]
        raise EditConflict(
            f"{first.by} changed {first.label} to {quoted(first.theirs)} "
            "while you were writing. Yours is kept here; save again to use it.",
            field=first.field,
            version=ticket.version,
            conflicts=conflicts,
        )
