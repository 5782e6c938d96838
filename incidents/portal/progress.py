"""How far a merged ticket is, told to its requester without a word of the other requester."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Person
from core.models import Event
from incidents import events
from incidents.models import Ticket
from incidents.wording import state_from_aside

# What the desk did. Each says what happened in fixed words or with a release's or a code's name;
# what people wrote, who did it and what the other requester did is left out.
PROGRESS = {
    events.TICKET_STARTED.name: "Work started",
    events.TICKET_ON_HOLD.name: "It waits",
    events.TICKET_HANDED_TO_DEVELOPMENT.name: "Handed to development",
    events.DEVELOPMENT_BEGUN.name: "Development works on it",
    events.FIX_OFFERED.name: "A fix is available in {release}",
    events.TICKET_RESOLVED.name: "Resolved: {code_label}",
    events.TICKET_REOPENED.name: "In work again",
    events.TICKET_CLOSED.name: "Closed",
}


@dataclass(frozen=True)
class Progress:
    """Where a merged ticket is handled and how far that is; `url` when the reader may see it."""

    reference: str
    state: str
    state_words: str
    url: str
    facts: list[tuple[str, datetime]]


def handled_in(person: Person, ticket: Ticket) -> Progress | None:
    """The progress of the ticket this one was merged into; None for one that is not merged."""
    target = ticket.merged_into
    if target is None:
        return None
    may_see = Ticket.objects.visible_to(person).filter(pk=target.pk).exists()
    rows = Event.objects.about(target).filter(name__in=PROGRESS).order_by("id")
    return Progress(
        reference=target.reference,
        state=target.state,
        state_words=state_from_aside(target.state),
        url=target.get_absolute_url() if may_see else "",
        facts=[(PROGRESS[row.name].format(**row.payload), row.at) for row in rows],
    )
