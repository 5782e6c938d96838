"""Writing on a ticket."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from incidents.actions._clocks import DEADLINE_FIELDS
from incidents.actions._keeping import (
    STATE_FIELDS,
    enter,
    locked,
    one_of,
    save,
    set_deadlines,
    words,
)
from incidents.actions.following_up import follow_up_of, reopens
from incidents.actions.resolving import open_again
from incidents.events import TICKET_REPLIED, TICKET_RESUMED
from incidents.models import Attachment, Channel, Message, Ticket
from incidents.permissions import REPLY_STEPS, require
from incidents.search_index import index_tickets
from incidents.workflow import CLOSED, RESOLVED

MOST_FILES = 10


@transaction.atomic
def reply_to_ticket(
    ticket: Ticket,
    *,
    actor: Person | None,
    body: str,
    kind: str = Message.Kind.PUBLIC,
    channel: str = Channel.PORTAL,
    files: Sequence[UploadedFile[bytes]] = (),
    at: datetime | None = None,
) -> Message:
    """Adds a public reply, an internal note or a question to the developers; returns it.

    The first public reply by staff is the first response. A requester's reply ends the wait for
    it. On a ticket that is over it does what the team's policy says: it reopens the ticket, or it
    stands on a new ticket linked to it (then that is the message's ticket). Staff write only
    notes on a closed ticket. What is written to a merged ticket lands on the ticket that handles
    it now.
    """
    written_to, ticket = _locked_to_write(ticket)
    label = one_of(kind, Message.Kind.choices, "kind")
    require(actor, REPLY_STEPS[Message.Kind(kind)], written_to)
    one_of(channel, Channel.choices, "channel")
    at = at or timezone.now()
    needed = "" if files else "Write something first."
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
    _keep_files(message, files)
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


def clean_name(name: str) -> str:
    """A file's name fit to be shown: no path, no controls, no direction tricks, 200 characters."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    shown = "".join(letter for letter in plain if unicodedata.category(letter)[0] != "C")
    shown = shown.strip(" .") or "file"
    if len(shown) <= 200:
        return shown
    stem, _, ending = shown.rpartition(".")
    return f"{stem[: 199 - len(ending)]}.{ending}" if stem and len(ending) < 12 else shown[:200]


def _keep_files(message: Message, files: Sequence[UploadedFile[bytes]]) -> None:
    """Stores uploads under random names; none is kept when one of them is refused."""
    if len(files) > MOST_FILES:
        raise DomainError(f"At most {MOST_FILES} files at once.", field="attachments")
    for upload in files:
        if (upload.size or 0) > settings.ATTACHMENT_MAX_BYTES:
            most = settings.ATTACHMENT_MAX_BYTES // (1024 * 1024)
            raise DomainError(
                f"{clean_name(upload.name or '')} is larger than {most} MB.", field="attachments"
            )
    kept: list[Attachment] = []
    try:
        for upload in files:
            kept.append(_keep(message, upload))
    except OSError:
        for attachment in kept:
            attachment.file.delete(save=False)
        raise


def _keep(message: Message, upload: UploadedFile[bytes]) -> Attachment:
    token = secrets.token_urlsafe(32)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    attachment = Attachment(
        message=message,
        token=token,
        name=clean_name(upload.name or ""),
        content_type=(upload.content_type or "application/octet-stream")[:100],
        size=upload.size or 0,
        sha256=digest.hexdigest(),
    )
    stored = secrets.token_hex(20)
    attachment.file.save(f"attachments/{stored[:2]}/{stored}", upload, save=False)
    attachment.save()
    return attachment
