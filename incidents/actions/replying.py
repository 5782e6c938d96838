"""Writing on a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from incidents.actions._files import check_files, keep_files
from incidents.actions._keeping import STATE_FIELDS, enter, locked, one_of, save, words
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
    the first response. A requester's reply ends the wait for it, and reopens a resolved ticket; on
    a closed ticket only notes may be written.
    """
    ticket = locked(ticket)
    label = one_of(kind, Message.Kind.choices, "kind")
    require(actor, REPLY_STEPS[Message.Kind(kind)], ticket)
    one_of(channel, Channel.choices, "channel")
    if kind == Message.Kind.PUBLIC and ticket.state_category == CLOSED:
        raise DomainError(
            f"This ticket is closed. Please open a new one and mention {ticket.reference}.",
            field="body",
        )
    at = at or timezone.now()
    check_files(files, beside=len(kept))
    needed = "" if files or kept else "Write something first."
    message = Message.objects.create(
        ticket=ticket,
        author=actor,
        kind=kind,
        body=words(body, "body", needed=needed),
        channel=channel,
        created_at=at,
    )
    keep_files(files, lambda known: Attachment(message=message, **known))
    _take_over(message, kept)
    note_mentions(message, ticket, actor)
    _follow(ticket, message, actor, at)
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


def _follow(ticket: Ticket, message: Message, actor: Person | None, at: datetime) -> None:
    """What a message does to the ticket's state and clocks."""
    if not message.is_public or actor is None:
        save(ticket, at=at)
    elif is_answer_of_support(ticket, actor):
        if ticket.first_response_at is None:
            ticket.first_response_at = at
        save(ticket, "first_response_at", at=at)
    elif ticket.state_category == RESOLVED:
        open_again(ticket, actor=actor, at=at)
    elif ticket.state == "pending" and ticket.pending_reason == "requester":
        enter(ticket, ticket.workflow.target("start", ticket.state), actor=actor, at=at)
        save(ticket, *STATE_FIELDS, at=at)
        record(TICKET_RESUMED, ticket, actor=actor, at=at)
    else:
        save(ticket, at=at)


def is_answer_of_support(ticket: Ticket, actor: Person) -> bool:
    """True when this person writes as the desk, not as the ticket's requester."""
    return actor.is_staff_member and actor.pk != ticket.requester_id
