"""People named with @ in a message."""

from collections.abc import Sequence

from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import Person
from accounts.roles import STAFF_ROLES
from core.errors import DomainError
from core.timeline import record
from incidents.events import PERSON_MENTIONED
from incidents.mentions import Named, read_mentions
from incidents.models import Mention, Message, Ticket


def note_mentions(message: Message, ticket: Ticket, actor: Person | None) -> None:
    """Keeps whom the message names and says so, for each one fact.

    Only people who work here name others, and only people who may read the message can be named:
    a DomainError at the body says who cannot. Words after an @ that are nobody's name are words.
    """
    if actor is None or not actor.is_staff_member:
        return
    for person in _people(read_mentions(message.body)):
        if person.pk == actor.pk:
            continue
        _check(message, ticket, person)
        Mention.objects.create(message=message, person=person, created_at=message.created_at)
        record(
            PERSON_MENTIONED,
            ticket,
            actor=actor,
            at=message.created_at,
            name=person.name,
            person_id=person.pk,
            message_id=message.pk,
        )


def _people(mentions: list[Named]) -> list[Person]:
    """Whoever is meant, each once; one query however many are named."""
    if not mentions:
        return []
    emails = [one.email for one in mentions if one.email]
    names = [name for one in mentions for name in one.names]
    called = Q(email__in=emails) | Q(lower_name__in=names, roles__overlap=list(STAFF_ROLES))
    people = Person.objects.alias(lower_name=Lower("name")).filter(called, is_active=True)
    found = list(people)
    meant: dict[int, Person] = {}
    for one in mentions:
        person = _meant(one, found)
        if person is not None:
            meant[person.pk] = person
    return list(meant.values())


def _meant(mention: Named, people: Sequence[Person]) -> Person | None:
    if mention.email:
        return next((one for one in people if one.email == mention.email), None)
    for name in mention.names:
        called = [one for one in people if one.name.lower() == name and one.is_staff_member]
        if len(called) > 1:
            raise DomainError(
                f"Several people are called {called[0].name}: write @ and the e-mail address.",
                field="body",
            )
        if called:
            return called[0]
    return None


def _check(message: Message, ticket: Ticket, person: Person) -> None:
    if not message.is_public and not person.is_staff_member:
        raise DomainError(
            f"{person.name} does not work here and must not read internal notes: "
            "write a public reply to them instead.",
            field="body",
        )
    if not Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists():
        raise DomainError(
            f"{person.name} may not see {ticket.reference} and cannot be mentioned in it.",
            field="body",
        )
