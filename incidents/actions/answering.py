"""Answering and moving on in one go."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Person
from core.errors import DomainError
from incidents.actions.replying import reply_to_ticket
from incidents.actions.resolving import resolve_ticket
from incidents.actions.working import put_ticket_on_hold, start_ticket
from incidents.models import Message, Ticket


@transaction.atomic
def answer_ticket(
    ticket: Ticket,
    *,
    actor: Person,
    body: str,
    kind: str,
    then: str = "",
    files: Sequence[UploadedFile[bytes]] = (),
) -> Message:
    """Writes a message and takes a step with it, both or neither.

    `then` is empty, `start`, `wait:<reason>` or `resolve:<code>`; a resolution's text is the
    message itself.
    """
    message = reply_to_ticket(ticket, actor=actor, body=body, kind=kind, files=files)
    step, _, word = then.partition(":")
    if step == "start":
        start_ticket(ticket, actor=actor)
    elif step == "wait":
        put_ticket_on_hold(ticket, actor=actor, reason=word)
    elif step == "resolve":
        resolve_ticket(ticket, actor=actor, code=word, text=body)
    elif step:
        raise DomainError("Choose one of the list.", field="then")
    return message
