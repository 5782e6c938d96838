"""The tickets a change is made for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from changes import events
from changes.actions.rows import locked
from changes.models import Change, ChangeTicket
from changes.permissions import require
from core.errors import DomainError
from core.events import EventKind
from core.timeline import record
from incidents.models import Ticket

MOST_AT_ONCE = 200


@transaction.atomic
def link_tickets_to_change(
    change: Change, *, actor: Person | None, tickets: Sequence[Ticket], at: datetime | None = None
) -> Change:
    """Says that the change is made for these tickets too, all of them or none.

    Those linked before stay; saying the same again changes nothing.
    """
    change = locked(change)
    require(actor, "link_tickets", change)
    if not tickets:
        raise DomainError("Choose at least one ticket.", field="tickets")
    if len(tickets) > MOST_AT_ONCE:
        raise DomainError(f"At most {MOST_AT_ONCE} tickets at once.", field="tickets")
    at = at or timezone.now()
    for ticket in tickets:
        _, added = ChangeTicket.objects.get_or_create(
            change=change, ticket=ticket, defaults={"person": actor, "created_at": at}
        )
        if added:
            _say(change, ticket, actor, at, linked=True)
    return change


@transaction.atomic
def unlink_ticket_from_change(
    change: Change, *, actor: Person | None, ticket: Ticket, at: datetime | None = None
) -> Change:
    """The change is not made for this ticket; its other tickets stay."""
    change = locked(change)
    require(actor, "link_tickets", change)
    gone, _ = ChangeTicket.objects.filter(change=change, ticket=ticket).delete()
    if not gone:
        raise DomainError(f"{change.reference} is not made for {ticket.reference}.", field="ticket")
    _say(change, ticket, actor, at or timezone.now(), linked=False)
    return change


def _say(
    change: Change, ticket: Ticket, actor: Person | None, at: datetime, *, linked: bool
) -> None:
    """Both ends tell of it."""
    on_change = events.CHANGE_TICKET_LINKED if linked else events.CHANGE_TICKET_UNLINKED
    on_ticket = events.TICKET_GIVEN_CHANGE if linked else events.TICKET_FREED_OF_CHANGE
    ends: tuple[tuple[EventKind, Change | Ticket, str, Change | Ticket], ...] = (
        (on_change, change, "ticket_id", ticket),
        (on_ticket, ticket, "change_id", change),
    )
    for kind, one, number, other in ends:
        told: dict[str, Any] = {number: other.pk, "reference": other.reference}
        record(kind, one, actor=actor, at=at, **told)
