"""Writing on a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.given import one_of
from core.timeline import record
from incidents.actions._clocks import DEADLINE_FIELDS
from incidents.actions._files import check_files, keep_files
from incidents.actions._keeping import (
    STATE_FIELDS,
    enter,
    locked,
    save,
    set_deadlines,
    words,
)
from incidents.actions.following_up import follow_up_of, reopens
from incidents.actions.mentioning import note_mentions
from incidents.actions.resolving import open_again
from incidents.events import TICKET_REPLIED, TICKET_RESUMED
from incidents.models import Attachment, Channel, DraftFile, Message, Ticket
from incidents.permissions import REPLY_STEPS, require
from incidents.search_index import index_tickets
from incidents.workflow import CLOSED, RESOLVED


@transaction.atomic
def reply_to_ticket(
    ticket: Ticket,
    *,
    actor: Person | None,
    body: str,
    kind: str = Message.Kind.PUBLIC,
    channel: str = Channel.PORTAL,
    files: Sequence[UploadedFile[bytes]] = (),
    kept: Sequence[DraftFile] = (),
    at: datetime | None = None,
) -> Message:
    """Adds a public reply, an internal note or a question to the developers; returns it.

    `kept` are files of the draft: they become the message's under the same token. People named
    with @ are told; a DomainError says who may not be named. The first public reply by staff is
    the first response. A requester's reply ends the wait for it. On a ticket that is over it does
    what the team's policy says: it reopens the ticket, or it stands on a new ticket linked to it
    (then that is the message's ticket). Staff write only notes on a closed ticket. What is written
    to a merged ticket lands on the ticket that handles it now.
    """
    written_to, ticket = _locked_to_write(ticket)
    label = one_of(kind, Message.Kind.choices, "kind")
    require(actor, REPLY_STEPS[Message.Kind(kind)], written_to)
    one_of(channel, Channel.choices, "channel")
    at = at or timezone.now()
    check_files(files, beside=len(kept))
    needed = "" if files or kept else "Write something first."
    body = words(body, "body", needed=needed)
    if kind == Message.Kind.PUBLIC and ticket.state_category in (RESOLVED, CLOSED):
        ticket = _taken_up(ticket, actor, channel, at)
    message = Message.objects.create(
        ticket=ticket,
        merged_from=written_to if written_to.pk != ticket.pk else None,
        author=actor,
        kind=kind,
        body=body,
        channel=channel,
        created_at=at,
    )
    keep_files(files, lambda known: Attachment(message=message, **known))
    _take_over(message, kept)
    note_mentions(message, ticket, actor)
    _follow(ticket, message, written_to, actor, at)
    index_tickets([ticket.pk])
    record(
        TICKET_REPLIED,
        ticket,
        actor=actor,
        at=at,
        message_id=message.pk,
        message_kind=kind,
        kind_label=label.lower(),
    )
    return message


def _locked_to_write(ticket: Ticket) -> tuple[Ticket, Ticket]:
    """(the ticket written to, the locked ticket its words land on).

    A merge and its undoing lock both tickets: once the target is locked, the pointer holds still.
    """
    while True:
        written_to = Ticket.objects.select_related("merged_into").get(pk=ticket.pk)
        target = locked(written_to.merged_into or written_to)
        now_at = Ticket.objects.filter(pk=ticket.pk).values_list("merged_into", flat=True).get()
        if (now_at or ticket.pk) == target.pk:
            return (target if target.pk == ticket.pk else written_to), target


def _taken_up(ticket: Ticket, actor: Person | None, channel: str, at: datetime) -> Ticket:
    """The ticket that a public reply to one that is over belongs to."""
    if actor is None or is_answer_of_support(ticket, actor):
        if ticket.state_category == CLOSED:
            raise DomainError(
                f"This ticket is closed. Please open a new one and mention {ticket.reference}.",
                field="body",
            )
        return ticket
    if reopens(ticket, at):
        return ticket
    return locked(follow_up_of(ticket, actor=actor, channel=channel, at=at))


def _take_over(message: Message, kept: Sequence[DraftFile]) -> None:
    """Files of a draft become the message's: the rows change, the stored bytes stay."""
    for waiting in kept:
        Attachment.objects.create(
            message=message,
            token=waiting.token,
            name=waiting.name,
            content_type=waiting.content_type,
            size=waiting.size,
            sha256=waiting.sha256,
            file=waiting.file.name,
        )
        waiting.delete()


def _follow(
    ticket: Ticket, message: Message, written_to: Ticket, actor: Person | None, at: datetime
) -> None:
    """What a message does to the ticket's state and clocks.

    The timeline of a ticket does not name the requester of another one that was merged into it.
    """
    mover = actor if written_to.requester_id == ticket.requester_id else None
    if not message.is_public or actor is None:
        save(ticket, at=at)
    elif is_answer_of_support(written_to, actor):
        # An answer to the requester of a merged ticket is no answer to this one's.
        if ticket.first_response_at is None and written_to.requester_id == ticket.requester_id:
            ticket.first_response_at = at
        set_deadlines(ticket)
        save(ticket, "first_response_at", *DEADLINE_FIELDS, at=at)
    elif ticket.state_category in (RESOLVED, CLOSED):
        open_again(ticket, actor=mover, at=at)
    elif ticket.state == "pending" and ticket.pending_reason == "requester":
        enter(ticket, ticket.workflow.target("start", ticket.state), actor=mover, at=at)
        save(ticket, *STATE_FIELDS, at=at)
        record(TICKET_RESUMED, ticket, actor=mover, at=at)
    else:
        set_deadlines(ticket)
        save(ticket, *DEADLINE_FIELDS, at=at)


def is_answer_of_support(ticket: Ticket, actor: Person) -> bool:
    """True when this person writes as the desk, not as the ticket's requester."""
    return actor.is_staff_member and actor.pk != ticket.requester_id
