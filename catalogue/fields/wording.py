"""Conditions as people read them."""

from catalogue.fields.conditions import COMPARISON_LABELS, Comparison, Condition, Test
from catalogue.fields.definition import FormDefinition

_ALONE = frozenset({Comparison.FILLED, Comparison.EMPTY})


def condition_words(condition: Condition | None, form: FormDefinition) -> str:
    """Such as “System” is “Windows” and “Seats” is more than 10; empty without a condition."""
    if condition is None:
        return ""
    if isinstance(condition, Test):
        field = form.by_key.get(condition.field)
        name = field.label if field else condition.field
        words = f"“{name}” {COMPARISON_LABELS[condition.comparison]}"
        return words if condition.comparison in _ALONE else f"{words} “{condition.value}”"
    parts = [condition_words(part, form) for part in condition.parts]
    return (" and " if condition.every else " or ").join(parts)
