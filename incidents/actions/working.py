"""Working on a ticket: start, wait, and a request's approval."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.events import EventKind
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
    REQUEST_APPROVED,
    REQUEST_REJECTED,
    REQUEST_SUBMITTED,
    TICKET_ON_HOLD,
    TICKET_STARTED,
)
from incidents.models import Message, Ticket
from incidents.permissions import require
from incidents.workflow import PENDING_REASONS


def _step(
    ticket: Ticket, step: str, kind: EventKind, actor: Person | None, at: datetime | None
) -> Ticket:
    """One step that needs no words."""
    ticket = locked(ticket)
    require(actor, step, ticket)
    at = at or timezone.now()
    enter(ticket, target_of(ticket, step), actor=actor, at=at)
    save(ticket, *STATE_FIELDS, at=at)
    record(kind, ticket, actor=actor, at=at)
    return ticket


@transaction.atomic
def start_ticket(ticket: Ticket, *, actor: Person | None, at: datetime | None = None) -> Ticket:
    """Begins or takes up work; whoever starts an unowned ticket owns it."""
    ticket = locked(ticket)
    require(actor, "start", ticket)
    at = at or timezone.now()
    enter(ticket, target_of(ticket, "start"), actor=actor, at=at)
    fields = list(STATE_FIELDS)
    if ticket.assignee_id is None and actor is not None:
        ticket.assignee = actor
        ticket.assigned_at = ticket.assigned_at or at
        fields += ["assignee", "assigned_at"]
    save(ticket, *fields, at=at)
    record(TICKET_STARTED, ticket, actor=actor, at=at)
    return ticket


@transaction.atomic
def put_ticket_on_hold(
    ticket: Ticket,
    *,
    actor: Person | None,
    reason: str,
    note: str = "",
    at: datetime | None = None,
) -> Ticket:
    """Waits for somebody or something; the clocks stand still meanwhile."""
    ticket = locked(ticket)
    require(actor, "wait", ticket)
    label = one_of(reason, PENDING_REASONS, "reason")
    at = at or timezone.now()
    enter(ticket, target_of(ticket, "wait"), actor=actor, at=at, reason=reason)
    save(ticket, *STATE_FIELDS, at=at)
    say(ticket, actor=actor, body=note, kind=Message.Kind.NOTE, at=at)
    record(TICKET_ON_HOLD, ticket, actor=actor, at=at, reason=reason, reason_label=label.lower())
    return ticket


@transaction.atomic
def submit_request(
    ticket: Ticket, *, actor: Person | None, by_steps: bool = False, at: datetime | None = None
) -> Ticket:
    """Asks for the approval of a service request.

    With `by_steps` only the system approves or rejects it, once the votes are in.
    """
    ticket = _step(ticket, "submit", REQUEST_SUBMITTED, actor, at)
    if by_steps:
        ticket.approved_by_steps = True
        ticket.save(update_fields=["approved_by_steps"])
    return ticket


@transaction.atomic
def set_required_tasks(ticket: Ticket, *, count: int) -> Ticket:
    """Says how many required tasks are still to be done before the request can be fulfilled."""
    ticket = locked(ticket)
    if ticket.required_tasks != count:
        ticket.required_tasks = count
        ticket.save(update_fields=["required_tasks"])
    return ticket


@transaction.atomic
def approve_request(ticket: Ticket, *, actor: Person | None, at: datetime | None = None) -> Ticket:
    """Approves a service request."""
    return _step(ticket, "approve", REQUEST_APPROVED, actor, at)


@transaction.atomic
def reject_request(
    ticket: Ticket, *, actor: Person | None, note: str, at: datetime | None = None
) -> Ticket:
    """Rejects a service request; the requester reads why."""
    ticket = locked(ticket)
    require(actor, "reject", ticket)
    note = words(note, "note", needed="Say why, so that the requester knows.")
    at = at or timezone.now()
    enter(ticket, target_of(ticket, "reject"), actor=actor, at=at)
    ticket.closed_at = at
    save(ticket, *STATE_FIELDS, "closed_at", at=at)
    say(ticket, actor=actor, body=note, kind=Message.Kind.PUBLIC, at=at)
    record(REQUEST_REJECTED, ticket, actor=actor, at=at, note=note)
    return ticket
