"""Checks of what an action was given: the same sentences wherever it came from."""

from collections.abc import Sequence

from core.errors import DomainError


def words(text: str, field: str, *, most: int, needed: str = "") -> str:
    """The text without blank ends; a DomainError at `field` when too long, or empty but needed."""
    text = text.replace("\x00", "").strip()
    if needed and not text:
        raise DomainError(needed, field=field)
    if len(text) > most:
        raise DomainError(f"At most {most:,} characters; this has {len(text):,}.", field=field)
    return text


def one_of(value: str, choices: Sequence[tuple[str, str]], field: str) -> str:
    """The label of a choice; a DomainError at `field` when there is no such choice."""
    for name, label in choices:
        if name == value:
            return label
    raise DomainError("Choose one of the list.", field=field)
