"""Taking a row for change."""

from typing import TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


def locked(row: Row) -> Row:
    """The row as it is now, held until the transaction ends."""
    return type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)


def words(value: str, *, longest: int) -> str:
    """A text without blanks around it, at most as long as its column."""
    return " ".join(value.split())[:longest]
