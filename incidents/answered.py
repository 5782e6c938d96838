"""Finding tickets by an answer to a form: `key:value`, `key>value`, `key<value`."""

import re

from django.db.models import JSONField, Q, Value
from django.db.models.fields.json import KeyTransform, KeyTransformGt, KeyTransformLt

ANSWERED = re.compile(r"([a-z][a-z0-9_]{0,39})([:<>])(.{1,200})")
_NUMBER = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,6})?")


def _typed(text: str) -> float | str:
    """A number as a number; dates and words as they are."""
    return float(text) if _NUMBER.fullmatch(text) else text


def answered(key: str, comparison: str, text: str) -> Q:
    """The condition on stored answers.

    Equality asks for every type the text may stand for, by containment, which the index serves.
    """
    if comparison == ":":
        known: list[object] = [text, [text]]
        if _NUMBER.fullmatch(text):
            known.append(float(text))
        if text in {"yes", "no"}:
            known.append(text == "yes")
        found = Q(pk__in=[])
        for value in known:
            found |= Q(values__contains={key: value})
        return found
    lookup = KeyTransformGt if comparison == ">" else KeyTransformLt
    return Q(lookup(KeyTransform(key, "values"), Value(_typed(text), JSONField())))
