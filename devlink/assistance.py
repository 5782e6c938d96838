"""The record of what assistants did: one event a call."""

from django.db.models import QuerySet

from accounts.models import Person
from accounts.roles import Role
from core.models import Event
from devlink.events import ASSISTANT_CALLED


def sees_everybodys_calls(person: Person) -> bool:
    """Admins look after all keys; everybody else after their own."""
    return person.has_role({Role.ADMIN})


def calls_visible_to(person: Person) -> QuerySet[Event]:
    """Calls by the person's assistants; for an admin by anybody's."""
    if sees_everybodys_calls(person):
        return Event.objects.filter(name=ASSISTANT_CALLED.name)
    return Event.objects.about(person).filter(name=ASSISTANT_CALLED.name)
