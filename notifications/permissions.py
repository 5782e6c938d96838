"""Who may do what to notices and outgoing mail."""

from accounts.models import Person
from accounts.roles import Role
from core.errors import NotPermitted
from notifications.models import Notification, OutgoingMail


def may(person: Person, step: str, record: Notification | OutgoingMail) -> bool:
    """One's own notices may be marked read; mail is tried again by admins."""
    if isinstance(record, Notification):
        return step == "read" and record.person_id == person.pk
    return step == "retry" and person.has_role({Role.ADMIN})


def require(person: Person, step: str, record: Notification | OutgoingMail) -> None:
    """Raises NotPermitted when the person may not."""
    if not may(person, step, record):
        raise NotPermitted("You may not do this here.")
