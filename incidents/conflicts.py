"""Two people at one record: whose value a field has, and what to say when both changed it."""

from collections.abc import Callable, Mapping

from core.errors import EditConflict, FieldConflict
from incidents.fieldwords import field_label, quoted
from incidents.models.versions import FieldVersionFields, Row_co, VersionQuerySet


def refuse_newer(
    newer: VersionQuerySet[Row_co],
    wanted: Mapping[str, str],
    *,
    version: int,
    present: Callable[[str], str],
    label: Callable[[str], str] = field_label,
    name: Callable[[str], str] = str,
) -> None:
    """EditConflict when a field of `wanted` (its new value in words) is among the `newer` ones.

    `version` is the record's present one, `present` its value of a field in words; `name` is what
    forms call the field.
    """
    found: list[FieldVersionFields] = list(newer.filter(field__in=wanted))
    conflicts = [
        FieldConflict(
            field=name(one.field),
            label=label(one.field),
            yours=wanted[one.field],
            theirs=present(one.field),
            by=one.person.name if one.person else "Upstream",
            at=one.at,
        )
        for one in found
    ]
    if conflicts:
        first = conflicts[0]
        raise EditConflict(
            f"{first.by} changed {first.label} to {quoted(first.theirs)} "
            "while you were writing. Yours is kept here; save again to use it.",
            field=first.field,
            version=version,
            conflicts=conflicts,
        )
