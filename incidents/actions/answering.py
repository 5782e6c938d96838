"""Answering and moving on in one go."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, EditConflict
from incidents.actions._keeping import locked
from incidents.actions.copying import add_copies
from incidents.actions.drafting import spend_draft
from incidents.actions.replying import reply_to_ticket
from incidents.actions.resolving import resolve_ticket
from incidents.actions.working import put_ticket_on_hold, start_ticket
from incidents.models import Channel, Draft, Message, Ticket
from incidents.wording import ago_words


class AnsweredMeanwhile(EditConflict):
    """Somebody wrote on the ticket since the writer last read it."""


@transaction.atomic
def answer_ticket(
    ticket: Ticket,
    *,
    actor: Person,
    body: str,
    kind: str,
    channel: str = Channel.PORTAL,
    then: str = "",
    files: Sequence[UploadedFile[bytes]] = (),
    copies: Sequence[Person] = (),
    copy_to: Sequence[str] = (),
    outside_confirmed: bool = False,
    seen: int | None = None,
    with_draft: bool = False,
) -> Message:
    """Writes a message and takes a step with it, both or neither.

    `then` is empty, `start`, `wait:<reason>` or `resolve:<code>`; a resolution's text is the
    message itself. `copies`, and who is named in `copy_to`, are put in copy first, with a public
    reply only. `seen` is the newest message the writer has read: AnsweredMeanwhile when somebody
    else wrote after it. `with_draft` sends the files of the writer's draft along and ends it.
    """
    ticket = locked(ticket)
    if seen is not None:
        _refuse_unread(ticket, actor, seen)
    if (copies or copy_to) and kind == Message.Kind.PUBLIC:
        add_copies(
            ticket,
            actor=actor,
            people=copies,
            named=copy_to,
            outside_confirmed=outside_confirmed,
            with_words=True,
        )
    draft = Draft.objects.current(actor, ticket) if with_draft else None
    kept = [] if draft is None else list(draft.files.all())
    message = reply_to_ticket(
        ticket, actor=actor, body=body, kind=kind, channel=channel, files=files, kept=kept
    )
    step, _, word = then.partition(":")
    if step == "start":
        start_ticket(ticket, actor=actor)
    elif step == "wait":
        put_ticket_on_hold(ticket, actor=actor, reason=word)
    elif step == "resolve":
        resolve_ticket(ticket, actor=actor, code=word, text=body)
    elif step:
        raise DomainError("Choose one of the list.", field="then")
    if with_draft:
        spend_draft(actor=actor, ticket=ticket)
    return message


def _refuse_unread(ticket: Ticket, actor: Person, seen: int) -> None:
    newer = Message.objects.filter(ticket=ticket, pk__gt=seen).exclude(author=actor)
    last = newer.select_related("author").order_by("-id").first()
    if last is not None:
        who = last.author.name if last.author else "Upstream"
        raise AnsweredMeanwhile(
            f"{who} replied {ago_words(last.created_at, timezone.now())}: read it first."
        )
