"""Errors a person can read. Pages show them at the form, the API answers with their status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


class DomainError(Exception):
    """A rule refused; the message is a sentence fit for the person who asked.

    `field` names the input at fault when there is one.
    """

    status = 422

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class FieldErrors(DomainError):
    """Several inputs at fault, a sentence each by field; as one error it says the first."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        field, message = next(iter(errors.items()))
        super().__init__(message, field=field)
        self.errors = dict(errors)


class NotPermitted(DomainError):
    """The person may see the record but may not take this step."""

    status = 403


class TransitionNotAllowed(DomainError):
    """The record's state does not allow this step."""

    status = 409


@dataclass(frozen=True)
class FieldConflict:
    """One field two people changed: both values in words, and whose the present one is."""

    field: str
    label: str
    yours: str
    theirs: str
    by: str
    at: datetime


class EditConflict(DomainError):
    """Somebody else changed the record since it was read; `conflicts` show both values."""

    status = 409

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        version: int | None = None,
        conflicts: Sequence[FieldConflict] = (),
    ) -> None:
        super().__init__(message, field=field)
        self.version = version
        self.conflicts = tuple(conflicts)
