"""When a field is shown or required: comparisons with earlier answers, joined by all or any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Value = str | int | float | bool | list[str] | None


class Comparison(StrEnum):
    """How an earlier answer is compared with the value of the condition."""

    IS = "is"
    IS_NOT = "is_not"
    INCLUDES = "includes"
    FILLED = "filled"
    EMPTY = "empty"
    ABOVE = "above"
    BELOW = "below"


COMPARISON_LABELS = {
    Comparison.IS: "is",
    Comparison.IS_NOT: "is not",
    Comparison.INCLUDES: "includes",
    Comparison.FILLED: "is filled in",
    Comparison.EMPTY: "is empty",
    Comparison.ABOVE: "is more than, or later than",
    Comparison.BELOW: "is less than, or earlier than",
}


@dataclass(frozen=True)
class Test:
    """One comparison with the answer to one earlier field."""

    field: str
    comparison: Comparison
    value: str = ""


@dataclass(frozen=True)
class Group:
    """Several conditions of which all, or any one, must hold."""

    every: bool
    parts: tuple[Condition, ...]


Condition = Test | Group


def plain(value: Value) -> str:
    """An answer as conditions compare it: yes and no, numbers without needless zeros."""
    if value is None or isinstance(value, list):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return value.strip()


def holds(condition: Condition, answers: Mapping[str, Value]) -> bool:
    """True when the condition holds for these answers; a field without one counts as empty."""
    if isinstance(condition, Group):
        results = (holds(part, answers) for part in condition.parts)
        return all(results) if condition.every else any(results)
    return _test(condition, answers.get(condition.field))


def _test(test: Test, answer: Value) -> bool:
    several = answer if isinstance(answer, list) else [plain(answer)] if plain(answer) else []
    match test.comparison:
        case Comparison.FILLED:
            return bool(several)
        case Comparison.EMPTY:
            return not several
        case Comparison.IS:
            return several == [test.value]
        case Comparison.IS_NOT:
            return several != [test.value]
        case Comparison.INCLUDES:
            return test.value in several
    return len(several) == 1 and _ordered(test.comparison, several[0], test.value)


def _ordered(comparison: Comparison, answer: str, value: str) -> bool:
    """Numbers by size; dates, which are written year first, as text."""
    one, other = _number(answer), _number(value)
    if one is not None and other is not None:
        return one > other if comparison == Comparison.ABOVE else one < other
    return answer > value if comparison == Comparison.ABOVE else answer < value


def _number(text: str) -> float | None:
    digits = text.removeprefix("-").replace(".", "", 1)
    return float(text) if digits.isascii() and digits.isdecimal() else None


def fields_of(condition: Condition | None) -> frozenset[str]:
    """The fields a condition looks at."""
    if condition is None:
        return frozenset()
    if isinstance(condition, Test):
        return frozenset({condition.field})
    return frozenset().union(*(fields_of(part) for part in condition.parts))
