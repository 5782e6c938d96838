"""Two people at one problem: nobody's change of a field is overwritten unseen."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from accounts.models import Person
from core.errors import EditConflict
from incidents.conflicts import refuse_newer
from incidents.fieldwords import value_words
from problems.models import Problem, ProblemFieldVersion

# What a known error calls as the problem calls something else.
KNOWN_ERROR_FIELDS = {"component": "known_error_component"}
_LABELS = {
    "falsifier": "what would prove it wrong",
    "known_error_component": "component",
    "summary": "what happened",
    "causes": "what contributed to it",
    "went_wrong": "what did not go well",
    "lessons": "what was learnt",
}


def field_label(name: str) -> str:
    """`what would prove it wrong` for `falsifier`."""
    return _LABELS.get(name, name.replace("_", " "))


def refuse_conflicts(
    problem: Problem,
    version: int | None,
    record: Any,
    wanted: Mapping[str, Any],
    *,
    kept_as: Mapping[str, str] | None = None,
) -> None:
    """EditConflict when a field of the record that is `wanted` otherwise was changed since.

    The record is the problem itself, its known error or its review; None as a version asks for no
    check. The problem is locked; when nothing was changed since `version` there is no query.
    `kept_as` names fields that are kept under another name.
    """
    if version is None or version == problem.version:
        return
    if version > problem.version or version < 1:
        raise EditConflict("This version of the problem does not exist.", field="version")
    kept_as = kept_as or {}
    names = {kept_as.get(name, name): name for name in wanted}
    refuse_newer(
        ProblemFieldVersion.objects.since(problem, version),
        {kept: _words(record, name, wanted[name]) for kept, name in names.items()},
        version=problem.version,
        present=lambda kept: _words(record, names[kept], getattr(record, names[kept])),
        label=field_label,
        name=lambda kept: names[kept],
    )


def _words(record: Any, name: str, value: Any) -> str:
    """A value as a person reads it: “P1 Critical”, not 1."""
    choices = dict(record._meta.get_field(name).flatchoices)
    return str(choices.get(value) or value_words(value))


def count_edit(
    problem: Problem, names: Iterable[str], *, actor: Person | None, at: datetime
) -> None:
    """The next version of the problem, in which these fields have their value.

    The caller holds the problem and saves `version`.
    """
    problem.version += 1
    ProblemFieldVersion.objects.note(problem, names, person=actor, at=at)
