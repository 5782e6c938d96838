"""Who is in copy of a ticket."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from incidents.actions._keeping import locked, save
from incidents.events import COPY_ADDED, COPY_ENDED
from incidents.models import Ticket, TicketCopy
from incidents.permissions import require

MOST_COPIES = 50


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
    people: Sequence[Person],
    outside_confirmed: bool = False,
    at: datetime | None = None,
) -> list[TicketCopy]:
    """Puts people in copy; those who are already stay so. Returns the new ones.

    People outside the requester's organisation need `outside_confirmed`: they will read the
    ticket and its public replies.
    """
    ticket = locked(ticket)
    require(actor, "copy", ticket)
    known = set(ticket.copies.values_list("person_id", flat=True)) | {ticket.requester_id}
    new = [person for person in people if person.pk not in known]
    for person in new:
        _check(ticket, person, outside_confirmed=outside_confirmed)
    if len(known) + len(new) > MOST_COPIES:
        raise DomainError(f"At most {MOST_COPIES} people in copy.", field="copy_to")
    at = at or timezone.now()
    added = [
        TicketCopy.objects.create(ticket=ticket, person=person, added_by=actor, created_at=at)
        for person in new
    ]
    for person in new:
        record(COPY_ADDED, ticket, actor=actor, at=at, name=person.name, person_id=person.pk)
    if new:
        save(ticket, at=at)
    return added


def _check(ticket: Ticket, person: Person, *, outside_confirmed: bool) -> None:
    if is_outside(ticket, person) and not outside_confirmed:
        where = person.organisation.name if person.organisation else "no organisation"
        raise DomainError(
            f"{person.name} is of {where}, outside "
            f"{ticket.organisation.name if ticket.organisation else 'the requester’s organisation'}"
            ". Confirm that people outside may read this ticket.",
            field="copy_to",
        )
    sees = Ticket.objects.visible_to(person).filter(pk=ticket.pk)
    if person.is_support and not sees.exists():
        raise DomainError(f"{person.name} may not see {ticket.reference}.", field="copy_to")


@transaction.atomic
def end_copy(
    ticket: Ticket, *, actor: Person | None, person: Person, at: datetime | None = None
) -> Ticket:
    """Takes somebody out of copy; they are told nothing more and, as strangers, see it no more."""
    ticket = locked(ticket)
    if actor is None or actor.pk != person.pk:
        require(actor, "copy", ticket)
    gone, _ = ticket.copies.filter(person=person).delete()
    if gone:
        at = at or timezone.now()
        save(ticket, at=at)
        record(COPY_ENDED, ticket, actor=actor, at=at, name=person.name, person_id=person.pk)
    return ticket
