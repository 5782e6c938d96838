"""Two people at one ticket: nobody's change of a field is overwritten unseen."""

from collections.abc import Mapping

from core.errors import EditConflict
from incidents.conflicts import refuse_newer
from incidents.fieldwords import field_words
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
    refuse_newer(
        FieldVersion.objects.since(ticket, version),
        wanted,
        version=ticket.version,
        present=lambda name: field_words(ticket, name),
    )
