"""Resolving what follows a ticket: its children and its duplicates."""

from datetime import datetime

from django.db import transaction

from accounts.models import Person
from core.errors import DomainError
from incidents.actions.resolving import resolve_ticket
from incidents.models import Ticket, TicketRelation
from incidents.models.relations import FOLLOWING
from incidents.models.ticket import TicketQuerySet


def followers_of(person: Person, ticket: Ticket) -> TicketQuerySet:
    """The open children and duplicates of a ticket that the person may see."""
    following = TicketRelation.objects.filter(to_ticket=ticket, kind__in=FOLLOWING)
    tickets = Ticket.objects.visible_to(person).open()
    return tickets.filter(pk__in=following.values("from_ticket_id"))


@transaction.atomic
def resolve_like(
    ticket: Ticket,
    *,
    actor: Person | None,
    like: Ticket,
    text: str = "",
    at: datetime | None = None,
) -> Ticket:
    """Resolves the ticket with the code of a resolved one, and its text unless it has its own."""
    resolved = Ticket.objects.get(pk=like.pk)
    if not resolved.resolution_code:
        raise DomainError(f"{resolved.reference} is not resolved.", field="ticket")
    words = text if text.strip() else resolved.resolution_text
    return resolve_ticket(ticket, actor=actor, code=resolved.resolution_code, text=words, at=at)
