"""Errors a person can read. Pages show them at the form, the API answers with their status."""


class DomainError(Exception):
    """A rule refused; the message is a sentence fit for the person who asked.

    `field` names the input at fault when there is one.
    """

    status = 422

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotPermitted(DomainError):
    """The person may see the record but may not take this step."""

    status = 403


class TransitionNotAllowed(DomainError):
    """The record's state does not allow this step."""

    status = 409


class EditConflict(DomainError):
    """Somebody else changed the record since it was read."""

    status = 409
