"""What happened on a ticket in one line of time: what people wrote, and the facts between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from accounts.models import Person
from core.models import Event
from incidents.events import TICKET_EMBEDDED, TICKET_OPENED, TICKET_REPLIED
from incidents.models import Message, Ticket
from incidents.models.conversation import MessageQuerySet

SHOWN = 80
# Told by the messages themselves, by the head of the page, or by nothing worth a line.
_UNSAID = (TICKET_REPLIED.name, TICKET_OPENED.name, TICKET_EMBEDDED.name)


@dataclass(frozen=True)
class Entry:
    """A message, a fact, or the report of a ticket that was merged into this one.

    `origin` is the merged ticket a message was written on or to.
    """

    at: datetime
    message: Message | None = None
    event: Event | None = None
    report: Ticket | None = None
    origin: Ticket | None = None


@dataclass(frozen=True)
class Feed:
    """The newest entries, oldest of them first; `earlier` says that there are more."""

    entries: list[Entry]
    earlier: bool
    newest_event: int


def merged_tickets(person: Person, ticket: Ticket) -> list[Ticket]:
    """The tickets merged into this one that the person may see, oldest first."""
    rows = Ticket.objects.visible_to(person).filter(merged_into=ticket)
    return list(rows.select_related("requester", "organisation").order_by("pk"))


def conversation_of(person: Person, ticket: Ticket, merged: Sequence[Ticket]) -> MessageQuerySet:
    """The messages this person may read on the page of a ticket, oldest first, with files."""
    messages = Message.objects.visible_to(person).on(ticket, [one.pk for one in merged])
    return (
        messages.select_related("author", "merged_from")
        .prefetch_related("attachments")
        .order_by("created_at", "id")
    )


def read_feed(person: Person, ticket: Ticket, *, everything: bool = False) -> Feed:
    """What this person may read of a ticket's life: four statements however long it is."""
    most = 2_000 if everything else SHOWN
    merged = merged_tickets(person, ticket)
    messages = conversation_of(person, ticket, merged)
    newest = list(messages.order_by("-created_at", "-id")[: most + 1])
    events = Event.objects.about(ticket).select_related("actor")
    if not person.is_staff_member:
        events = events.public()
    facts = list(events.exclude(name__in=_UNSAID).order_by("-id")[: most + 1])
    origins = {one.pk: one for one in merged}
    entries = _woven(newest[:most], facts[:most], origins)
    return Feed(
        entries=entries[-most:],
        earlier=len(newest) > most or len(facts) > most or len(entries) > most,
        newest_event=facts[0].pk if facts else 0,
    )


def _woven(
    messages: Sequence[Message], events: Sequence[Event], origins: Mapping[int, Ticket]
) -> list[Entry]:
    entries = [Entry(one.created_at, report=one, origin=one) for one in origins.values()]
    entries += [
        Entry(one.created_at, message=one, origin=one.merged_from or origins.get(one.ticket_id))
        for one in reversed(messages)
    ]
    entries += [Entry(event.at, event=event) for event in reversed(events)]
    return sorted(entries, key=attrgetter("at"))
