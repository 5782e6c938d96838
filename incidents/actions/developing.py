"""A ticket's way to development and back with a fix."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import TransitionNotAllowed
from core.timeline import record
from incidents.actions._keeping import STATE_FIELDS, enter, locked, save, say, target_of, words
from incidents.actions.resolving import settle
from incidents.events import (
    DEVELOPMENT_BEGUN,
    FIX_CONFIRMED,
    FIX_OFFERED,
    STILL_BROKEN,
    TICKET_HANDED_TO_DEVELOPMENT,
    TICKET_RETURNED,
)
from incidents.models import Message, Ticket
from incidents.permissions import require


def _move(ticket: Ticket, step: str, actor: Person | None, at: datetime) -> Ticket:
    ticket = locked(ticket)
    require(actor, step, ticket)
    enter(ticket, target_of(ticket, step), actor=actor, at=at)
    save(ticket, *STATE_FIELDS, at=at)
    return ticket


@transaction.atomic
def hand_ticket_to_development(
    ticket: Ticket, *, actor: Person | None, note: str = "", at: datetime | None = None
) -> Ticket:
    """Says that only a change of the product will end this; the note is for the developers."""
    at = at or timezone.now()
    ticket = _move(ticket, "hand_to_development", actor, at)
    say(ticket, actor=actor, body=note, kind=Message.Kind.QUESTION, at=at)
    record(TICKET_HANDED_TO_DEVELOPMENT, ticket, actor=actor, at=at, note=note.strip())
    return ticket


@transaction.atomic
def begin_development(
    ticket: Ticket, *, actor: Person | None, at: datetime | None = None
) -> Ticket:
    """Says that development works on it."""
    at = at or timezone.now()
    ticket = _move(ticket, "begin_development", actor, at)
    record(DEVELOPMENT_BEGUN, ticket, actor=actor, at=at)
    return ticket


@transaction.atomic
def return_ticket_to_desk(
    ticket: Ticket, *, actor: Person | None, note: str = "", at: datetime | None = None
) -> Ticket:
    """Gives the ticket back to support; the note is internal."""
    at = at or timezone.now()
    ticket = _move(ticket, "return_to_desk", actor, at)
    say(ticket, actor=actor, body=note, kind=Message.Kind.NOTE, at=at)
    record(TICKET_RETURNED, ticket, actor=actor, at=at, note=note.strip())
    return ticket


@transaction.atomic
def offer_fix(
    ticket: Ticket,
    *,
    actor: Person | None,
    release: str,
    note: str = "",
    at: datetime | None = None,
) -> Ticket:
    """Says which release holds the fix and waits for the requester's word; the note is public."""
    at = at or timezone.now()
    release = words(release, "release", most=80, needed="Name the release that holds the fix.")
    ticket = _move(ticket, "offer_fix", actor, at)
    say(ticket, actor=actor, body=note, kind=Message.Kind.PUBLIC, at=at)
    record(FIX_OFFERED, ticket, actor=actor, at=at, release=release, note=note.strip())
    return ticket


@transaction.atomic
def confirm_fix(ticket: Ticket, *, actor: Person | None, at: datetime | None = None) -> Ticket:
    """The requester says that the fix works: the ticket is resolved as fixed."""
    ticket = locked(ticket)
    require(actor, "confirm_fix", ticket)
    if ticket.state != "fix_available":
        raise TransitionNotAllowed(
            f"There is no fix to confirm while the state is “{ticket.state_label}”."
        )
    at = at or timezone.now()
    record(FIX_CONFIRMED, ticket, actor=actor, at=at)
    settle(ticket, actor=actor, code="fixed", text=ticket.resolution_text, at=at)
    return ticket


@transaction.atomic
def report_still_broken(
    ticket: Ticket, *, actor: Person | None, note: str = "", at: datetime | None = None
) -> Ticket:
    """The requester says that the fix does not help; their words, if any, are part of the
    conversation."""
    note = words(note, "note")
    at = at or timezone.now()
    ticket = _move(ticket, "report_still_broken", actor, at)
    say(ticket, actor=actor, body=note, kind=Message.Kind.PUBLIC, at=at)
    record(STILL_BROKEN, ticket, actor=actor, at=at, note=note)
    return ticket
