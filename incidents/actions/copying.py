"""Who is in copy of a ticket."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from incidents.actions._keeping import locked, save
from incidents.actions.introducing import introduce_by_address
from incidents.events import COPY_ADDED, COPY_ENDED
from incidents.models import Ticket, TicketCopy
from incidents.people import MOST_TOGETHER, colleague_named, known_named
from incidents.permissions import require

MOST_COPIES = 50
FIELD = "copy_to"


def is_outside(ticket: Ticket, person: Person) -> bool:
    """True for somebody who is neither of the requester's organisation nor works here."""
    if person.is_staff_member or person.pk == ticket.requester_id:
        return False
    return person.organisation_id is None or person.organisation_id not in {
        ticket.organisation_id,
        ticket.requester.organisation_id,
    }


@transaction.atomic
def add_copies(
    ticket: Ticket,
    *,
    actor: Person | None,
    people: Sequence[Person] = (),
    named: Sequence[str] = (),
    outside_confirmed: bool = False,
    with_words: bool = False,
    at: datetime | None = None,
) -> list[TicketCopy]:
    """Puts people in copy; those who are already stay so. Returns the new ones.

    `named` are names or e-mail addresses as people write them. Support names anybody it sees;
    people outside the requester's organisation need its `outside_confirmed`: they will read the
    ticket and its public replies. A requester names colleagues of their own organisation, and
    anybody by e-mail address where the organisation allows it. `with_words` says that a message
    follows by which they hear of it.
    """
    ticket = locked(ticket)
    require(actor, "copy", ticket)
    wanted = {person.pk: person for person in people}
    wanted |= {person.pk: person for person in _people_named(actor, named)}
    known = set(ticket.copies.values_list("person_id", flat=True)) | {ticket.requester_id}
    new = [person for person in wanted.values() if person.pk not in known]
    for person in new:
        if actor is None or actor.is_support:
            _check(ticket, person, outside_confirmed=outside_confirmed)
        elif person in people and person.organisation_id != actor.organisation_id:
            raise DomainError("Choose a colleague of your organisation.", field=FIELD)
    if len(known) + len(new) > MOST_COPIES:
        raise DomainError(f"At most {MOST_COPIES} people in copy.", field=FIELD)
    at = at or timezone.now()
    added = [
        TicketCopy.objects.create(ticket=ticket, person=person, added_by=actor, created_at=at)
        for person in new
    ]
    for person in new:
        record(
            COPY_ADDED,
            ticket,
            actor=actor,
            at=at,
            name=person.name,
            person_id=person.pk,
            with_words=with_words,
        )
    if new:
        save(ticket, at=at)
    return added


def _people_named(actor: Person | None, named: Sequence[str]) -> list[Person]:
    """Everybody meant; a DomainError says who is not known, or may not be put in copy."""
    if not named or actor is None:
        return []
    if len(named) > MOST_TOGETHER:
        raise DomainError(f"At most {MOST_TOGETHER} people at once.", field=FIELD)
    if actor.is_support:
        return [known_named(actor, one, field=FIELD) for one in named]
    return [_named_by_requester(actor, one) for one in named]


def _named_by_requester(actor: Person, text: str) -> Person:
    """A colleague, or anybody by address where that is allowed. The answer to an address that is
    refused is the same whether or not somebody has it.
    """
    person, address = colleague_named(actor, text, field=FIELD)
    if person is not None:
        return person
    if actor.email == address.lower():
        return actor
    if address and actor.organisation is not None and actor.organisation.copies_outside:
        return introduce_by_address(address, actor=actor, field=FIELD)
    raise DomainError(
        f"Nobody in your organisation is known by “{text[:80]}”. "
        + (
            "Others are put in copy by their e-mail address."
            if actor.organisation is not None and actor.organisation.copies_outside
            else "Only colleagues can be put in copy."
        ),
        field=FIELD,
    )


def _check(ticket: Ticket, person: Person, *, outside_confirmed: bool) -> None:
    if is_outside(ticket, person) and not outside_confirmed:
        where = person.organisation.name if person.organisation else "no organisation"
        raise DomainError(
            f"{person.name} is of {where}, outside "
            f"{ticket.organisation.name if ticket.organisation else 'the requester’s organisation'}"
            ". Confirm that people outside may read this ticket.",
            field=FIELD,
        )
    sees = Ticket.objects.visible_to(person).filter(pk=ticket.pk)
    if person.is_support and not sees.exists():
        raise DomainError(f"{person.name} may not see {ticket.reference}.", field=FIELD)


@transaction.atomic
def end_copy(
    ticket: Ticket, *, actor: Person | None, person: Person, at: datetime | None = None
) -> Ticket:
    """Takes somebody out of copy; they are told nothing more and, as strangers, see it no more.

    The desk and the requester take anybody out, everybody else only themselves.
    """
    ticket = locked(ticket)
    if actor is None or actor.pk != person.pk:
        require(actor, "copy", ticket)
    gone, _ = ticket.copies.filter(person=person).delete()
    if gone:
        at = at or timezone.now()
        save(ticket, at=at)
        record(COPY_ENDED, ticket, actor=actor, at=at, name=person.name, person_id=person.pk)
    return ticket
