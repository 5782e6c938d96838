"""The end of a ticket, and its second life."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.given import one_of
from core.timeline import record
from incidents.actions._keeping import (
    STATE_FIELDS,
    enter,
    locked,
    save,
    say,
    target_of,
    words,
)
from incidents.events import (
    TICKET_CANCELLED,
    TICKET_CLOSED,
    TICKET_REOPENED,
    TICKET_RESOLVED,
)
from incidents.models import Message, StatusInterval, Ticket
from incidents.permissions import require
from incidents.workflow import (
    RESOLUTION_CODES,
    WAITING_DEVELOPMENT,
    WAITING_REQUESTER,
    WAITING_THIRD_PARTY,
)

WAITING = (WAITING_REQUESTER, WAITING_THIRD_PARTY, WAITING_DEVELOPMENT)
# Contacts that no first answer could have resolved are not counted in first contact resolution.
NOT_ELIGIBLE = frozenset({"duplicate", "no_response", "withdrawn"})
_RESOLVED_FIELDS = (
    *STATE_FIELDS,
    "resolution_code",
    "resolution_text",
    "resolved_at",
    "first_response_at",
    "first_contact_resolution",
)


@transaction.atomic
def resolve_ticket(
    ticket: Ticket,
    *,
    actor: Person | None,
    code: str,
    text: str,
    at: datetime | None = None,
) -> Ticket:
    """Resolves the ticket; the requester reads `text`."""
    ticket = locked(ticket)
    require(actor, "resolve", ticket)
    one_of(code, RESOLUTION_CODES, "code")
    text = words(text, "text", needed="Say what was done: the next agent searches for this.")
    settle(ticket, actor=actor, code=code, text=text, at=at or timezone.now())
    return ticket


def settle(ticket: Ticket, *, actor: Person | None, code: str, text: str, at: datetime) -> None:
    """Resolves a locked ticket, whoever may."""
    target = target_of(ticket, "resolve")
    if ticket.required_tasks:
        raise DomainError(
            f"{ticket.required_tasks} required tasks of the fulfilment plan are not done yet."
        )
    ticket.first_contact_resolution = first_contact(ticket, code)
    if ticket.first_response_at is None and actor is not None and actor.is_staff_member:
        ticket.first_response_at = at
    ticket.resolution_code, ticket.resolution_text = code, text
    ticket.resolved_at = at
    enter(ticket, target, actor=actor, at=at)
    save(ticket, *_RESOLVED_FIELDS, at=at)
    record(
        TICKET_RESOLVED,
        ticket,
        actor=actor,
        at=at,
        code=code,
        code_label=one_of(code, RESOLUTION_CODES, "code"),
        text=text,
        first_contact=ticket.first_contact_resolution,
        resolution=ticket.resolution_number,
    )


def first_contact(ticket: Ticket, code: str) -> bool | None:
    """True when the first contact resolves it: no wait, no other team, at most one answer by us,
    not a word more from the requester, never reopened. None when the ticket is not eligible.

    A ticket of the same requester that was merged into it was a further contact.
    """
    if code in NOT_ELIGIBLE:
        return None
    if ticket.reopen_count or ticket.reassignment_count:
        return False
    if Ticket.objects.filter(merged_into=ticket, requester=ticket.requester_id).exists():
        return False
    if StatusInterval.objects.filter(ticket=ticket, category__in=WAITING).exists():
        return False
    # What came with the report itself (its files) is part of the first contact.
    later = Message.objects.filter(ticket=ticket, created_at__gt=ticket.created_at)
    said = later.filter(kind=Message.Kind.PUBLIC).aggregate(
        theirs=Count("pk", filter=Q(author=ticket.requester_id)), all=Count("pk")
    )
    return bool(said["theirs"] == 0 and said["all"] <= 1)


@transaction.atomic
def reopen_ticket(
    ticket: Ticket, *, actor: Person | None, note: str, at: datetime | None = None
) -> Ticket:
    """Takes a resolved ticket back into work.

    The note is public when the requester wrote it and internal otherwise.
    """
    ticket = locked(ticket)
    require(actor, "reopen", ticket)
    note = words(note, "note", needed="Say why it is not over.")
    at = at or timezone.now()
    theirs = actor is not None and actor.pk == ticket.requester_id
    open_again(ticket, actor=actor, at=at, note=note)
    kind = Message.Kind.PUBLIC if theirs else Message.Kind.NOTE
    say(ticket, actor=actor, body=note, kind=kind, at=at)
    return ticket


def open_again(ticket: Ticket, *, actor: Person | None, at: datetime, note: str = "") -> None:
    """Reopens a locked ticket: the resolution no longer holds and counts as no first contact."""
    target = target_of(ticket, "reopen")
    before = (ticket.resolution_code, ticket.resolution_text)
    ticket.reopen_count += 1
    ticket.resolution_code = ticket.resolution_text = ""
    ticket.resolved_at = ticket.closed_at = None
    ticket.first_contact_resolution = False
    enter(ticket, target, actor=actor, at=at)
    save(ticket, *_RESOLVED_FIELDS, "closed_at", "reopen_count", at=at)
    record(
        TICKET_REOPENED,
        ticket,
        actor=actor,
        at=at,
        note=note,
        code_before=before[0],
        text_before=before[1],
    )


@transaction.atomic
def close_ticket(ticket: Ticket, *, actor: Person | None, at: datetime | None = None) -> Ticket:
    """Closes a resolved ticket for good."""
    ticket = locked(ticket)
    require(actor, "close", ticket)
    at = at or timezone.now()
    enter(ticket, target_of(ticket, "close"), actor=actor, at=at)
    ticket.closed_at = at
    save(ticket, *STATE_FIELDS, "closed_at", at=at)
    record(TICKET_CLOSED, ticket, actor=actor, at=at)
    return ticket


@transaction.atomic
def cancel_ticket(
    ticket: Ticket, *, actor: Person | None, note: str = "", at: datetime | None = None
) -> Ticket:
    """Ends a ticket that needs no work, such as one opened by mistake."""
    ticket = locked(ticket)
    require(actor, "cancel", ticket)
    at = at or timezone.now()
    enter(ticket, target_of(ticket, "cancel"), actor=actor, at=at)
    ticket.closed_at = at
    save(ticket, *STATE_FIELDS, "closed_at", at=at)
    theirs = actor is not None and actor.pk == ticket.requester_id
    say(
        ticket,
        actor=actor,
        body=note,
        kind=Message.Kind.PUBLIC if theirs else Message.Kind.NOTE,
        at=at,
    )
    record(TICKET_CANCELLED, ticket, actor=actor, at=at, note=note.strip() if theirs else "")
    return ticket
