"""Changes of a form, one at a time: each gives another form and leaves the first as it was."""

import re
from dataclasses import replace

from catalogue.fields.definition import FormDefinition, FormError, FormField, Section


def _with_section(form: FormDefinition, place: int, section: Section) -> FormDefinition:
    sections = list(form.sections)
    sections[place] = section
    return FormDefinition(tuple(sections))


def _section(form: FormDefinition, place: int) -> Section:
    if not 0 <= place < len(form.sections):
        raise FormError("The form has no such section.")
    return form.sections[place]


def place_of(form: FormDefinition, key: str) -> tuple[int, int]:
    """The section and the place in it where a field stands; FormError when there is none."""
    for number, section in enumerate(form.sections):
        for place, field in enumerate(section.fields):
            if field.key == key:
                return number, place
    raise FormError("The form has no such field.")


def add_field(form: FormDefinition, section: int, field: FormField) -> FormDefinition:
    """The field at the end of a section."""
    into = _section(form, section)
    return _with_section(form, section, replace(into, fields=(*into.fields, field)))


def replace_field(form: FormDefinition, key: str, field: FormField) -> FormDefinition:
    """Another field in the place of one."""
    number, place = place_of(form, key)
    fields = list(form.sections[number].fields)
    fields[place] = field
    return _with_section(form, number, replace(form.sections[number], fields=tuple(fields)))


def remove_field(form: FormDefinition, key: str) -> FormDefinition:
    """The form without a field."""
    number, place = place_of(form, key)
    fields = form.sections[number].fields
    kept = fields[:place] + fields[place + 1 :]
    return _with_section(form, number, replace(form.sections[number], fields=kept))


def move_field(form: FormDefinition, key: str, *, up: bool) -> FormDefinition:
    """The field one place earlier or later, into the next section at an end."""
    number, place = place_of(form, key)
    fields = list(form.sections[number].fields)
    beside = place - 1 if up else place + 1
    if 0 <= beside < len(fields):
        fields[place], fields[beside] = fields[beside], fields[place]
        return _with_section(form, number, replace(form.sections[number], fields=tuple(fields)))
    other = number - 1 if up else number + 1
    if not 0 <= other < len(form.sections):
        return form
    field = fields[place]
    without = remove_field(form, key)
    into = without.sections[other]
    there = (*into.fields, field) if up else (field, *into.fields)
    return _with_section(without, other, replace(into, fields=there))


def add_section(form: FormDefinition, title: str) -> FormDefinition:
    """A further section without fields."""
    return FormDefinition((*form.sections, Section(title.strip(), ())))


def rename_section(form: FormDefinition, place: int, title: str, text: str) -> FormDefinition:
    """Another heading and introduction."""
    section = replace(_section(form, place), title=title.strip(), text=text.strip())
    return _with_section(form, place, section)


def remove_section(form: FormDefinition, place: int) -> FormDefinition:
    """The form without a section and its fields."""
    _section(form, place)
    return FormDefinition(form.sections[:place] + form.sections[place + 1 :])


def move_section(form: FormDefinition, place: int, *, up: bool) -> FormDefinition:
    """The section one place earlier or later; at an end nothing changes."""
    _section(form, place)
    beside = place - 1 if up else place + 1
    if not 0 <= beside < len(form.sections):
        return form
    sections = list(form.sections)
    sections[place], sections[beside] = sections[beside], sections[place]
    return FormDefinition(tuple(sections))


def key_for(label: str, form: FormDefinition) -> str:
    """A key made of a label that no field of the form has."""
    plain = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:34]
    if not plain or not plain[0].isalpha():
        plain = f"field_{plain}".rstrip("_")
    key, number = plain, 2
    while key in form.by_key:
        key, number = f"{plain}_{number}", number + 1
    return key
