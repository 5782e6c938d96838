"""From what was typed to typed answers, or a sentence at each field that needs another look."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from catalogue.fields.conditions import Value, holds
from catalogue.fields.definition import FieldType, FormDefinition, FormField, Section
from catalogue.fields.patterns import PATTERNS

MOST_TEXT = 500
MOST_LONG_TEXT = 50_000
MOST_NUMBER = 1e12
MOST_DECIMALS = 6


class AnswerError(ValueError):
    """An answer that cannot be taken; the message is for whoever gave it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


# Finds the record a text or number names; raises AnswerError when there is none to be seen.
Find = Callable[[str], int]


@dataclass
class Answered:
    """What became of a form: answers by key in the form's order, and sentences by key."""

    values: dict[str, Value] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)


def read_answers(
    form: FormDefinition, given: Mapping[str, Any], find: Mapping[FieldType, Find] | None = None
) -> Answered:
    """Checks what was given against the form, from top to bottom.

    A field that is hidden by its condition is passed over whatever was sent for it, and counts as
    empty for the conditions after it. `find` resolves people and components.
    """
    result = Answered()
    for section in form.sections:
        if _applies(section, result):
            for one in section.fields:
                if _applies(one, result):
                    _take(one, given.get(one.key), find or {}, result)
    return result


def _applies(part: Section | FormField, result: Answered) -> bool:
    return part.shown_when is None or holds(part.shown_when, result.values)


def _take(one: FormField, raw: Any, find: Mapping[FieldType, Find], result: Answered) -> None:
    result.shown.add(one.key)
    required = one.required or (
        one.required_when is not None and holds(one.required_when, result.values)
    )
    if required:
        result.required.add(one.key)
    try:
        value = _READERS[one.type](one, raw, find)
    except AnswerError as error:
        result.errors[one.key] = error.message
        return
    if value is not None:
        result.values[one.key] = value
    elif required:
        result.errors[one.key] = _NEEDED.get(one.type, "Please fill this in.")


_NEEDED = {
    FieldType.CHOICE: "Please choose one.",
    FieldType.CHOICES: "Please choose at least one.",
    FieldType.YES_NO: "Please say yes or no.",
    FieldType.FILE: "Please add the file.",
    FieldType.PERSON: "Please name somebody.",
}


def _words(raw: Any) -> str:
    """A single text without control characters; anything else counts as nothing."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return ""
    text = str(raw).replace("\r\n", "\n")
    return "".join(c for c in text if c.isprintable() or c in "\n\t").strip()


def _text(one: FormField, raw: Any, find: Mapping[FieldType, Find]) -> Value:
    text = _words(raw)
    if not text:
        return None
    ceiling = MOST_LONG_TEXT if one.type == FieldType.LONG_TEXT else MOST_TEXT
    most = min(one.most or ceiling, ceiling)
    if len(text) > most:
        raise AnswerError(f"At most {most:g} characters; this has {len(text):,}.")
    if one.least is not None and len(text) < one.least:
        raise AnswerError(f"At least {one.least:g} characters, please.")
    pattern = PATTERNS.get(one.pattern)
    if pattern is not None and not re.fullmatch(pattern.expression, text):
        raise AnswerError(pattern.sentence)
    return text


def _number(one: FormField, raw: Any, find: Mapping[FieldType, Find]) -> Value:
    text = _words(raw).replace(",", ".")
    if not text:
        return None
    if not re.fullmatch(r"[+-]?[0-9]{1,13}(\.[0-9]{1,6})?", text) or abs(float(text)) > MOST_NUMBER:
        raise AnswerError("Write a number, such as 12 or 2.5.")
    number = float(text)
    if one.least is not None and number < one.least:
        raise AnswerError(f"At least {one.least:g}, please.")
    if one.most is not None and number > one.most:
        raise AnswerError(f"At most {one.most:g}, please.")
    return int(number) if number == int(number) else number


def _date(one: FormField, raw: Any, find: Mapping[FieldType, Find]) -> Value:
    text = _words(raw)
    if not text:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise AnswerError("Write a date as year-month-day, such as 2026-05-31.") from None


def _choice(one: FormField, raw: Any, find: Mapping[FieldType, Find]) -> Value:
    text = _words(raw)
    if text and text not in one.options:
        raise AnswerError("Choose one of the list.")
    return text or None


def _choices(one: FormField, raw: Any, find: Mapping[FieldType, Find]) -> Value:
    given = raw if isinstance(raw, list | tuple) else [raw]
    chosen = {text for text in map(_words, given) if text}
    if not chosen:
        return None
    if chosen - set(one.options):
        raise AnswerError("Choose from the list.")
    if one.least is not None and len(chosen) < one.least:
        raise AnswerError(f"Choose at least {one.least:g}.")
    if one.most is not None and len(chosen) > one.most:
        raise AnswerError(f"Choose at most {one.most:g}.")
    return [option for option in one.options if option in chosen]


def _yes_no(one: FormField, raw: Any, find: Mapping[FieldType, Find]) -> Value:
    if isinstance(raw, bool):
        return raw
    text = _words(raw).lower()
    if text in {"yes", "no"}:
        return text == "yes"
    if text:
        raise AnswerError("Say yes or no.")
    return None


def _record(one: FormField, raw: Any, find: Mapping[FieldType, Find]) -> Value:
    text = _words(raw)
    if not text:
        return None
    if one.type not in find:
        raise AnswerError("Nothing can be looked up here.")
    return find[one.type](text)


def _file(one: FormField, raw: Any, find: Mapping[FieldType, Find]) -> Value:
    """The token of a kept file, or the name of an upload that is about to be kept."""
    return _words(raw)[:200] or None


Reader = Callable[[FormField, Any, Mapping[FieldType, Find]], Value]
_READERS: dict[FieldType, Reader] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.YES_NO: _yes_no,
    FieldType.PERSON: _record,
    FieldType.COMPONENT: _record,
    FieldType.FILE: _file,
}
