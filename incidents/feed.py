"""What happened on a ticket in one line of time: what people wrote, and the facts between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.db.models import F

from accounts.models import Person
from core.models import Event
from incidents.events import (
    CHECKLIST_APPLIED,
    DRAFT_TAKEN_UP,
    PERSON_MENTIONED,
    TASK_ADDED,
    TASK_CHANGED,
    TASK_DONE,
    TASK_REMOVED,
    TASK_UNDONE,
    TICKET_EMBEDDED,
    TICKET_FOLLOWED,
    TICKET_OPENED,
    TICKET_REPLIED,
    TICKET_TAGGED,
    TICKET_UNFOLLOWED,
    TICKET_UNTAGGED,
    TIME_NOTED,
    TIME_REMOVED,
)
from incidents.models import Message, Ticket
from incidents.models.conversation import MessageQuerySet

SHOWN = 80
_TICKETS = ("merged_from", "split_from", "ticket")
_LONG = ("description", "resolution_text", "csat_comment")
# Told by the messages themselves, by the page around them, or by nothing worth a line; the history
# holds them all.
_UNSAID = tuple(
    kind.name
    for kind in (
        TICKET_REPLIED,
        TICKET_OPENED,
        TICKET_EMBEDDED,
        TICKET_FOLLOWED,
        TICKET_UNFOLLOWED,
        TICKET_TAGGED,
        TICKET_UNTAGGED,
        TIME_NOTED,
        TIME_REMOVED,
        TASK_ADDED,
        TASK_CHANGED,
        TASK_DONE,
        TASK_UNDONE,
        TASK_REMOVED,
        CHECKLIST_APPLIED,
        PERSON_MENTIONED,
        DRAFT_TAKEN_UP,
    )
)


@dataclass(frozen=True)
class Entry:
    """A message, a fact, or the report of a ticket that was merged into this one.

    `origin` is the merged ticket a message was written on or to; `opening` the message a report
    that was split off another ticket begins with.
    """

    at: datetime
    message: Message | None = None
    event: Event | None = None
    report: Ticket | None = None
    origin: Ticket | None = None
    opening: Message | None = None


@dataclass(frozen=True)
class Feed:
    """The newest entries, oldest of them first; `earlier` says that there are more.

    `opening` is the message the ticket itself begins with, when it was split off another one.
    """

    entries: list[Entry]
    earlier: bool
    newest_event: int
    newest_message: int
    opening: Message | None = None


def merged_tickets(person: Person, ticket: Ticket) -> list[Ticket]:
    """The tickets merged into this one that the person may see, oldest first."""
    rows = Ticket.objects.visible_to(person).filter(merged_into=ticket)
    return list(rows.select_related("requester", "organisation").order_by("pk"))


def conversation_of(person: Person, ticket: Ticket, merged: Sequence[Ticket]) -> MessageQuerySet:
    """The messages this person may read on the page of a ticket, oldest first, with files."""
    messages = Message.objects.visible_to(person).on(ticket, [one.pk for one in merged])
    return (
        messages.select_related("author", *_TICKETS)
        .defer(*(f"{one}__{text}" for one in _TICKETS for text in _LONG))
        .prefetch_related("attachments")
        .order_by("created_at", "id")
    )


def read_feed(person: Person, ticket: Ticket, *, everything: bool = False) -> Feed:
    """What this person may read of a ticket's life: four statements however long it is."""
    most = 2_000 if everything else SHOWN
    merged = merged_tickets(person, ticket)
    messages = conversation_of(person, ticket, merged)
    # What tickets begin with comes first, however old: it stands above the newest words.
    first = F("split_from").desc(nulls_last=True)
    rows = list(messages.order_by(first, "-created_at", "-id")[: most + 2 + len(merged)])
    newest = [one for one in rows if one.split_from_id is None]
    openings = [one for one in rows if one.split_from_id is not None]
    events = Event.objects.about(ticket).select_related("actor")
    if not person.is_staff_member:
        events = events.public()
    facts = list(events.exclude(name__in=_UNSAID).order_by("-id")[: most + 1])
    entries = _woven([*newest[:most], *openings], facts[:most], merged, ticket)
    return Feed(
        entries=entries[-most:],
        earlier=len(newest) > most or len(facts) > most or len(entries) > most,
        newest_event=facts[0].pk if facts else 0,
        newest_message=max((one.pk for one in rows), default=0),
        opening=next((one for one in openings if one.ticket_id == ticket.pk), None),
    )


def woven_messages(
    messages: Sequence[Message], reports: Sequence[Ticket], ticket: Ticket
) -> list[Entry]:
    """Messages and what each ticket reported, in order, as they stand on the page of `ticket`.

    A message a ticket begins with stands with its report and not a second time.
    """
    origins = {one.pk: one for one in reports}
    openings = {one.ticket_id: one for one in messages if one.split_from_id is not None}
    entries = [
        Entry(
            one.created_at,
            report=one,
            origin=None if one.pk == ticket.pk else one,
            opening=openings.get(one.pk),
        )
        for one in reports
    ]
    entries += [
        Entry(one.created_at, message=one, origin=_origin(one, ticket, origins))
        for one in messages
        if one.split_from_id is None
    ]
    return sorted(entries, key=attrgetter("at"))


def _origin(message: Message, ticket: Ticket, origins: Mapping[int, Ticket]) -> Ticket | None:
    """The other ticket a message was written on or to; None for one of this ticket's own."""
    if message.merged_from_id not in (None, ticket.pk):
        return message.merged_from
    if message.ticket_id == ticket.pk:
        return None
    return origins.get(message.ticket_id, message.ticket)


def _woven(
    messages: Sequence[Message], events: Sequence[Event], merged: Sequence[Ticket], ticket: Ticket
) -> list[Entry]:
    entries = woven_messages(list(reversed(messages)), merged, ticket)
    entries += [Entry(event.at, event=event) for event in reversed(events)]
    return sorted(entries, key=attrgetter("at"))
