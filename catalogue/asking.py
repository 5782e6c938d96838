"""A form built without code as a Django form: controls, records looked up, errors at the field."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField

from accounts.models import Person
from catalogue.fields.answers import Answered, read_answers
from catalogue.fields.conditions import Value, plain
from catalogue.fields.definition import (
    FieldType,
    FormDefinition,
    FormField,
    Section,
    compiled,
)
from catalogue.fields.files import file_fault
from catalogue.finding import finders
from catalogue.models import Component, IntakeForm, IntakeFormVersion, Service
from core.widgets import PlainGroup, PlainInput, PlainSelect, PlainTextarea

PREFIX = "ask"


@dataclass(frozen=True)
class AskedSection:
    """A section as a page draws it."""

    title: str
    text: str
    fields: list[tuple[str, BoundField, bool]]


class AskedForm(forms.Form):
    """The fields of a definition; valid when `read_answers` finds no fault.

    Names carry a prefix of their own, so that it stands inside another form. `answered` holds
    the typed answers, `uploads` the files by key.
    """

    def __init__(
        self,
        definition: FormDefinition,
        data: Any = None,
        files: Any = None,
        *,
        reader: Person,
        values: Mapping[str, Value] | None = None,
        prefix: str = PREFIX,
    ) -> None:
        super().__init__(data, files, prefix=prefix)
        self.definition = definition
        self.reader = reader
        self.answered = Answered()
        # Set by whoever draws it for a kept form: its version, and the edit it was read at.
        self.version: IntakeFormVersion | None = None
        self.edit = 0
        self.uploads: dict[str, UploadedFile[bytes]] = {}
        self.kept = dict(values or {})
        asks_component = any(one.type == FieldType.COMPONENT for one in definition.fields)
        self._components = _component_choices(reader) if asks_component else []
        kept = self.kept.items()
        people = [v for k, v in kept if isinstance(v, int) and self._is(k, FieldType.PERSON)]
        emails = dict(Person.objects.filter(pk__in=people).values_list("pk", "email"))
        for one in definition.fields:
            self.fields[one.key] = self._control(one, emails)

    def _is(self, key: str, kind: FieldType) -> bool:
        return key in self.definition.by_key and self.definition.by_key[key].type == kind

    def _control(self, one: FormField, emails: Mapping[int, str]) -> forms.Field:
        initial: Any = self.kept.get(one.key, one.default)
        if isinstance(initial, bool):
            initial = "yes" if initial else "no"
        if one.type == FieldType.PERSON:
            initial = emails.get(initial, "")
        return forms.Field(
            label=one.label,
            help_text=one.help,
            required=False,
            initial=initial,
            widget=_widget(one, self._components),
        )

    def _clean_fields(self) -> None:
        """The engine decides, not the single controls: a hidden field asks nothing."""
        given: dict[str, Any] = {}
        for name in self.fields:
            bound = self[name]
            raw = bound.data
            if self._is(name, FieldType.FILE):
                if isinstance(raw, UploadedFile):
                    self.uploads[name] = raw
                    raw = raw.name or "file"
                else:
                    raw = self.kept.get(name)
            given[name] = raw
        self.answered = read_answers(self.definition, given, finders(self.reader))
        self.uploads = {k: v for k, v in self.uploads.items() if k in self.answered.values}
        self.cleaned_data = dict(self.answered.values)
        for key, sentence in {**self._file_faults(), **self.answered.errors}.items():
            self.add_error(key, sentence)

    def _file_faults(self) -> dict[str, str]:
        """What is wrong with the files that were sent, by key."""
        found = {}
        for key, upload in self.uploads.items():
            sent = getattr(self.files, "getlist", lambda name: [self.files[name]])
            found[key] = file_fault(
                self.definition.by_key[key],
                upload.name or "",
                upload.size or 0,
                most_bytes=settings.ATTACHMENT_MAX_BYTES,
                count=len(sent(self.add_prefix(key))),
            )
        return {key: sentence for key, sentence in found.items() if sentence}

    @property
    def given(self) -> dict[str, Any]:
        """The typed answers, as actions take them."""
        return dict(self.answered.values)

    @property
    def compiled(self) -> str:
        """What the browser evaluates, as JSON."""
        return json.dumps(compiled(self.definition))

    @property
    def is_multipart_form(self) -> bool:
        """Whether any field takes a file."""
        return any(one.type == FieldType.FILE for one in self.definition.fields)

    def sections(self) -> list[AskedSection]:
        """Sections with their controls, in order, each with whether it is always required."""
        return [
            AskedSection(
                one.title, one.text, [(f.key, self[f.key], f.required) for f in one.fields]
            )
            for one in self.definition.sections
        ]


def _component_choices(reader: Person) -> list[tuple[Any, str]]:
    rows = Component.objects.visible_to(reader).order_by("service__name", "name")
    named = rows.values_list("pk", "service__name", "name")
    return [("", "Choose…"), *((pk, f"{service} › {name}") for pk, service, name in named)]


def _widget(one: FormField, components: list[tuple[Any, str]]) -> forms.Widget:
    """The control for a field."""
    choices = [(option, option) for option in one.options]
    match one.type:
        case FieldType.CHOICE:
            return PlainSelect(choices=[("", "Choose…"), *choices])
        case FieldType.CHOICES:
            return PlainGroup(choices, several=True)
        case FieldType.COMPONENT:
            return PlainSelect(choices=components)
        case FieldType.FILE:
            taken = ",".join(f".{ending}" for ending in one.options)
            return forms.FileInput(attrs={"accept": taken} if taken else None)
    return _PLAIN_WIDGETS[one.type]()


_PLAIN_WIDGETS: dict[FieldType, Callable[[], forms.Widget]] = {
    FieldType.TEXT: PlainInput,
    FieldType.LONG_TEXT: lambda: PlainTextarea(attrs={"rows": 4}),
    FieldType.NUMBER: lambda: PlainInput({"inputmode": "decimal"}),
    FieldType.DATE: lambda: PlainInput(kind="date"),
    FieldType.YES_NO: lambda: PlainGroup([("yes", "Yes"), ("no", "No")], several=False),
    FieldType.PERSON: lambda: PlainInput({"placeholder": "Name or e-mail", "autocomplete": "off"}),
}


@dataclass(frozen=True)
class Shown:
    """One answer as people read it."""

    key: str
    label: str
    text: str
    type: str
    value: Value
    staff_only: bool = False

    @property
    def filter_value(self) -> str:
        """The answer as a list of tickets is narrowed by it; of several choices, the first."""
        first = self.value[0] if isinstance(self.value, list) else self.value
        return plain(first)


def show_answers(definition: FormDefinition, values: Mapping[str, Value]) -> list[Shown]:
    """The answers that were given, in the order they were asked; two statements at most."""
    names = _names(definition, values)
    return [
        Shown(
            one.key,
            one.label,
            _said(one, values[one.key], names),
            one.type.value,
            values[one.key],
            one.staff_only,
        )
        for section in definition.sections
        for one in _answered(section, values)
    ]


def _answered(section: Section, values: Mapping[str, Value]) -> Sequence[FormField]:
    return [one for one in section.fields if values.get(one.key) not in (None, "", [])]


Names = dict[tuple[FieldType, int], str]


def _names(definition: FormDefinition, values: Mapping[str, Value]) -> Names:
    """The names of the people and components among the answers."""
    wanted: dict[FieldType, set[int]] = {FieldType.PERSON: set(), FieldType.COMPONENT: set()}
    for one in definition.fields:
        value = values.get(one.key)
        if one.type in wanted and isinstance(value, int):
            wanted[one.type].add(value)
    found: Names = {}
    if wanted[FieldType.PERSON]:
        people = Person.objects.filter(pk__in=wanted[FieldType.PERSON])
        found |= {(FieldType.PERSON, pk): name for pk, name in people.values_list("pk", "name")}
    if wanted[FieldType.COMPONENT]:
        parts = Component.objects.filter(pk__in=wanted[FieldType.COMPONENT])
        found |= {(FieldType.COMPONENT, pk): name for pk, name in parts.values_list("pk", "name")}
    return found


def _said(one: FormField, value: Value, names: Names) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(value)
    if one.type in {FieldType.PERSON, FieldType.COMPONENT} and isinstance(value, int):
        return names.get((one.type, value), f"number {value}")
    return f"{value:g}" if isinstance(value, float) else str(value)


def custom_fields_of(service: Service | None) -> IntakeFormVersion | None:
    """What is asked about tickets of this service besides the common fields; None for nothing."""
    if service is None:
        return None
    form = IntakeForm.objects.filter(service=service).select_related("current").first()
    return None if form is None else form.current
