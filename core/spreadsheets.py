"""Cells that a spreadsheet program must not take for formulas."""

from collections.abc import Iterable

_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe_cell(value: object) -> object:
    """Text that would start a formula gets an apostrophe in front; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_STARTERS):
        return f"'{value}"
    return value


def safe_row(values: Iterable[object]) -> list[object]:
    """A whole row of them; None becomes empty."""
    return ["" if value is None else safe_cell(value) for value in values]
