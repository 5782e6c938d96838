"""The shape of a form: sections of typed fields, read from JSON and written to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from catalogue.fields.conditions import Comparison, Condition, Group, Test, fields_of
from catalogue.fields.patterns import PATTERNS

MOST_FIELDS = 200
MOST_OPTIONS = 100
# What a file's name ends with, without the dot.
_ENDING = re.compile(r"[a-z0-9]{1,10}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class FormError(ValueError):
    """A form that cannot be used; `field` is the key of the field at fault, or empty."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class FieldType(StrEnum):
    """What is asked for."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    PERSON = "person"
    COMPONENT = "component"
    FILE = "file"


TYPE_LABELS = {
    FieldType.TEXT: "Text",
    FieldType.LONG_TEXT: "Long text",
    FieldType.NUMBER: "Number",
    FieldType.DATE: "Date",
    FieldType.CHOICE: "One of a list",
    FieldType.CHOICES: "Several of a list",
    FieldType.YES_NO: "Yes or no",
    FieldType.PERSON: "Person",
    FieldType.COMPONENT: "Component",
    FieldType.FILE: "File",
}
WITH_OPTIONS = frozenset({FieldType.CHOICE, FieldType.CHOICES})
# What the limits `least` and `most` speak of, by type; the other types have none.
LIMITED = {
    FieldType.TEXT: "characters",
    FieldType.LONG_TEXT: "characters",
    FieldType.NUMBER: "",
    FieldType.CHOICES: "choices",
}


@dataclass(frozen=True)
class FormField:
    """One question. `least` and `most` limit a number, a length or a number of choices.

    `options` are what is chosen from; of a file, the endings that are taken (none: any).
    A field that is `staff_only` is asked by the desk, never of requesters.
    """

    key: str
    label: str
    type: FieldType
    help: str = ""
    required: bool = False
    default: str = ""
    options: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    pattern: str = ""
    staff_only: bool = False
    shown_when: Condition | None = None
    required_when: Condition | None = None


@dataclass(frozen=True)
class Section:
    """Fields under one heading."""

    title: str
    fields: tuple[FormField, ...]
    text: str = ""
    shown_when: Condition | None = None


@dataclass(frozen=True)
class FormDefinition:
    """A whole form, in the order it is asked."""

    sections: tuple[Section, ...] = ()

    @cached_property
    def fields(self) -> tuple[FormField, ...]:
        """Every field, in order."""
        return tuple(field for section in self.sections for field in section.fields)

    @cached_property
    def by_key(self) -> dict[str, FormField]:
        """Fields by their key."""
        return {field.key: field for field in self.fields}

    def for_requesters(self) -> FormDefinition:
        """The form without what only the desk is asked."""
        kept = (
            Section(one.title, tuple(f for f in one.fields if not f.staff_only), one.text,
                    one.shown_when)
            for one in self.sections
        )  # fmt: skip
        return FormDefinition(tuple(one for one in kept if one.fields))


def read_form(data: Any) -> FormDefinition:
    """The form a JSON value describes; FormError says in a sentence what is wrong with it."""
    if not isinstance(data, dict) or not isinstance(data.get("sections"), list):
        raise FormError("A form is a list of sections.")
    form = FormDefinition(tuple(_section(one) for one in data["sections"]))
    if len(form.fields) > MOST_FIELDS:
        raise FormError(f"A form has at most {MOST_FIELDS} fields.")
    _check_order(form)
    return form


def _section(data: Any) -> Section:
    if not isinstance(data, dict) or not isinstance(data.get("fields", []), list):
        raise FormError("A section has a title and a list of fields.")
    return Section(
        title=_text(data, "title", 120),
        text=_text(data, "text", 2000),
        fields=tuple(_field(one) for one in data.get("fields", [])),
        shown_when=_condition(data.get("shown_when"), ""),
    )


def _field(data: Any) -> FormField:
    if not isinstance(data, dict):
        raise FormError("A field is described by its key, label and type.")
    key = str(data.get("key", ""))
    if not _KEY.fullmatch(key):
        raise FormError(
            "A key begins with a letter and has small letters, digits and underscores.", key
        )
    if data.get("type") not in list(FieldType):
        raise FormError(f"“{key}” has an unknown type.", key)
    field = FormField(
        key=key,
        label=_text(data, "label", 200, needed=f"“{key}” needs a label."),
        type=FieldType(data["type"]),
        help=_text(data, "help", 500),
        required=data.get("required") is True,
        default=_text(data, "default", 500),
        options=_options(data, key),
        least=_limit(data, "least", key),
        most=_limit(data, "most", key),
        pattern=_text(data, "pattern", 40),
        staff_only=data.get("staff_only") is True,
        shown_when=_condition(data.get("shown_when"), key),
        required_when=_condition(data.get("required_when"), key),
    )
    _check_field(field)
    return field


def _text(data: Mapping[str, Any], name: str, most: int, needed: str = "") -> str:
    text = data.get(name) or ""
    if not isinstance(text, str) or len(text) > most:
        raise FormError(f"“{name}” is a text of at most {most} characters.")
    if needed and not text.strip():
        raise FormError(needed)
    return text.strip()


def _options(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    options = data.get("options") or []
    if not isinstance(options, list) or not all(isinstance(one, str) for one in options):
        raise FormError("The choices are a list of texts.", key)
    found = tuple(dict.fromkeys(one.strip() for one in options if one.strip()))
    if len(found) > MOST_OPTIONS or any(len(one) > 200 for one in found):
        raise FormError(f"At most {MOST_OPTIONS} choices of at most 200 characters.", key)
    return found


def _limit(data: Mapping[str, Any], name: str, key: str) -> float | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e12:
        raise FormError(f"“{name}” is a number.", key)
    return value


def _check_field(field: FormField) -> None:
    if field.type in WITH_OPTIONS and not field.options:
        raise FormError(f"“{field.label}” needs at least one choice.", field.key)
    if field.type == FieldType.FILE and not all(map(_ENDING.fullmatch, field.options)):
        raise FormError(f"“{field.label}”: write endings such as pdf or png.", field.key)
    if field.pattern and (field.pattern not in PATTERNS or field.type != FieldType.TEXT):
        raise FormError(f"“{field.label}” names an unknown pattern.", field.key)
    if field.least is not None and field.most is not None and field.least > field.most:
        raise FormError(f"“{field.label}”: the least is more than the most.", field.key)


def _condition(data: Any, key: str) -> Condition | None:
    if not data:
        return None
    if not isinstance(data, dict):
        raise FormError("A condition names a field, or several conditions.", key)
    for word in ("all", "any"):
        if word in data:
            parts = [_condition(one, key) for one in data[word] or []]
            return Group(word == "all", tuple(one for one in parts if one is not None))
    if data.get("comparison") not in list(Comparison):
        raise FormError("A condition compares in an unknown way.", key)
    return Test(
        str(data.get("field", "")), Comparison(data["comparison"]), _text(data, "value", 200)
    )


def _check_order(form: FormDefinition) -> None:
    """Keys are unique, and conditions look back only: one reading from top to bottom is enough."""
    seen: set[str] = set()
    for section in form.sections:
        _check_backwards(section.shown_when, seen, f"The section “{section.title}”", "")
        for field in section.fields:
            if field.key in seen:
                raise FormError(f"Two fields have the key “{field.key}”.", field.key)
            for condition in (field.shown_when, field.required_when):
                _check_backwards(condition, seen, f"“{field.label}”", field.key)
            seen.add(field.key)


def _check_backwards(condition: Condition | None, seen: set[str], what: str, key: str) -> None:
    later = fields_of(condition) - seen
    if later:
        raise FormError(f"{what} depends on “{min(later)}”, which is not asked before it.", key)


def write_form(form: FormDefinition) -> dict[str, Any]:
    """The JSON of a form; reading it again gives the same form."""
    return {"sections": [_write_section(one) for one in form.sections]}


def _write_section(section: Section) -> dict[str, Any]:
    return _without_nothing(
        title=section.title,
        text=section.text,
        shown_when=_write_condition(section.shown_when),
    ) | {"fields": [_write_field(one) for one in section.fields]}


def _write_field(field: FormField) -> dict[str, Any]:
    return _without_nothing(
        key=field.key,
        label=field.label,
        type=field.type.value,
        help=field.help,
        required=field.required,
        default=field.default,
        options=list(field.options),
        least=field.least,
        most=field.most,
        pattern=field.pattern,
        staff_only=field.staff_only,
        shown_when=_write_condition(field.shown_when),
        required_when=_write_condition(field.required_when),
    )


def _write_condition(condition: Condition | None) -> dict[str, Any] | None:
    if condition is None:
        return None
    if isinstance(condition, Test):
        return {
            "field": condition.field,
            "comparison": condition.comparison.value,
            "value": condition.value,
        }
    parts = [_write_condition(one) for one in condition.parts]
    return {"all" if condition.every else "any": parts}


def _without_nothing(**values: Any) -> dict[str, Any]:
    """Only what says something; a limit of zero does."""
    nothing: tuple[object, ...] = ("", None, False, [])
    return {
        name: value
        for name, value in values.items()
        if not any(value is one or (value == one and one in ("", [])) for one in nothing)
    }


def compiled(form: FormDefinition) -> dict[str, Any]:
    """The one JSON the browser evaluates: keys, types and conditions, no words."""
    return {
        "sections": [
            {
                "shown_when": _write_condition(section.shown_when),
                "fields": [
                    {
                        "key": field.key,
                        "type": field.type.value,
                        "required": field.required,
                        "shown_when": _write_condition(field.shown_when),
                        "required_when": _write_condition(field.required_when),
                    }
                    for field in section.fields
                ],
            }
            for section in form.sections
        ]
    }
