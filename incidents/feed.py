"""What happened on a ticket in one line of time: what people wrote, and the facts between."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from accounts.models import Person
from core.models import Event
from incidents.events import PERSON_MENTIONED, TICKET_EMBEDDED, TICKET_OPENED, TICKET_REPLIED
from incidents.models import Message, Ticket

SHOWN = 80
# Told by the messages themselves, by the head of the page, or by nothing worth a line.
_UNSAID = (TICKET_REPLIED.name, TICKET_OPENED.name, TICKET_EMBEDDED.name, PERSON_MENTIONED.name)


@dataclass(frozen=True)
class Entry:
    """A message or a fact."""

    at: datetime
    message: Message | None = None
    event: Event | None = None


@dataclass(frozen=True)
class Feed:
    """The newest entries, oldest of them first; `earlier` says that there are more."""

    entries: list[Entry]
    earlier: bool
    newest_event: int
    newest_message: int


def read_feed(person: Person, ticket: Ticket, *, everything: bool = False) -> Feed:
    """What this person may read of a ticket's life: three statements however long it is."""
    most = 2_000 if everything else SHOWN
    messages = Message.objects.visible_to(person).filter(ticket=ticket).select_related("author")
    newest = list(messages.prefetch_related("attachments").order_by("-id")[: most + 1])
    events = Event.objects.about(ticket).select_related("actor")
    if not person.is_staff_member:
        events = events.public()
    facts = list(events.exclude(name__in=_UNSAID).order_by("-id")[: most + 1])
    entries = _woven(newest[:most], facts[:most])
    return Feed(
        entries=entries[-most:],
        earlier=len(newest) > most or len(facts) > most or len(entries) > most,
        newest_event=facts[0].pk if facts else 0,
        newest_message=newest[0].pk if newest else 0,
    )


def _woven(messages: Sequence[Message], events: Sequence[Event]) -> list[Entry]:
    entries = [Entry(message.created_at, message=message) for message in reversed(messages)]
    entries += [Entry(event.at, event=event) for event in reversed(events)]
    return sorted(entries, key=attrgetter("at"))
