"""What a merge will do, in words, before anybody does it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import DatabaseError

from accounts.models import Person
from core.errors import DomainError
from incidents.feed import Entry, conversation_of, woven_messages
from incidents.merge_lines import Line, own_lines
from incidents.models import Message, Ticket

logger = logging.getLogger(__name__)
PREVIEWED = 60


LineMaker = Callable[[Person, Ticket, Ticket], Line | None]
_makers: list[LineMaker] = []


def preview_line(maker: LineMaker) -> LineMaker:
    """Registers who says what becomes of something else a ticket has: `maker(person, source,
    target)` gives a line, or None when there is none of it. The effect is a handler's.
    """
    _makers.append(maker)
    return maker


@dataclass(frozen=True)
class Preview:
    """The ticket as it will be: who asked, who reads what, and the conversation in order.

    `differ` says that the requesters or organisations differ: then nobody new reads anything
    unless the agent says so. `opened` are the public messages each side would read then.
    """

    source: Ticket
    target: Ticket
    lines: list[Line]
    entries: list[Entry]
    earlier: bool
    differ: bool
    same_organisation: bool
    opened: int


def preview_merge(person: Person, source: Ticket, target: Ticket) -> Preview:
    """What merging `source` into `target` would give; nothing is changed."""
    entries, earlier = _conversation(person, source, target)
    differ = source.requester_id != target.requester_id
    public = Message.objects.filter(ticket=source, kind=Message.Kind.PUBLIC).count()
    return Preview(
        source=source,
        target=target,
        lines=[*own_lines(person, source, target), *_more(person, source, target)],
        entries=entries,
        earlier=earlier,
        differ=differ,
        same_organisation=source.organisation_id == target.organisation_id,
        opened=public,
    )


def _conversation(person: Person, source: Ticket, target: Ticket) -> tuple[list[Entry], bool]:
    """The newest messages of both in one line of time, reports among them."""
    newest: list[Message] = []
    for one in (source, target):
        rows = conversation_of(person, one, []).order_by("-created_at", "-id")
        newest += rows[: PREVIEWED + 1]
    newest.sort(key=lambda message: (message.created_at, message.pk))
    shown = woven_messages(newest[-PREVIEWED:], [source, target], target)
    return shown, len(newest) > PREVIEWED


def _more(person: Person, source: Ticket, target: Ticket) -> Sequence[Line]:
    found: list[Line] = []
    for maker in _makers:
        try:
            line = maker(person, source, target)
        except (DatabaseError, DomainError):
            logger.exception("preview line %s failed", maker.__qualname__)
        else:
            found += [line] if line else []
    return found
