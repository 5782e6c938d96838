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
from incidents.actions._keeping import STATE_FIELDS, enter, locked, one_of, save, words
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
    it, and reopens a resolved ticket; on a closed ticket only notes may be written.
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
    needed = "" if files else "Write something first."
    message = Message.objects.create(
        ticket=ticket,
        author=actor,
        kind=kind,
        body=words(body, "body", needed=needed),
        channel=channel,
        created_at=at,
    )
    keep_files(message, files)
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


def clean_name(name: str) -> str:
    """A file's name fit to be shown: no path, no controls, no direction tricks, 200 characters."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    shown = "".join(letter for letter in plain if unicodedata.category(letter)[0] != "C")
    shown = shown.strip(" .") or "file"
    if len(shown) <= 200:
        return shown
    stem, _, ending = shown.rpartition(".")
    return f"{stem[: 199 - len(ending)]}.{ending}" if stem and len(ending) < 12 else shown[:200]


def keep_files(message: Message, files: Sequence[UploadedFile[bytes]]) -> None:
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
