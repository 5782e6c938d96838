"""What follows when something happens to a ticket."""

from django.db import transaction

from accounts.models import Person
from core.models import Event
from core.timeline import handles, record
from incidents import notices, tasks
from incidents.events import (
    FIX_OFFERED,
    IMPORT_REQUESTED,
    PERSON_MENTIONED,
    STILL_BROKEN,
    TICKET_ASSIGNED,
    TICKET_EDITED,
    TICKET_EMBEDDED,
    TICKET_OPENED,
    TICKET_REOPENED,
    TICKET_REPLIED,
    TICKET_RESOLVED,
    TICKETS_IMPORTED,
)
from incidents.models import Message, Ticket
from incidents.similar import embed_tickets, model_name


def _ticket(event: Event) -> Ticket:
    return Ticket.objects.select_related("requester", "assignee").get(pk=event.subject_id)


@handles(TICKET_OPENED, TICKET_EDITED)
def embed(event: Event) -> None:
    """Reads the ticket's words for look-alikes; says so when they are new."""
    if embed_tickets([event.subject_id]):
        ticket = Ticket.objects.get(pk=event.subject_id)
        record(TICKET_EMBEDDED, ticket, actor=None, model=model_name())


@handles(TICKETS_IMPORTED)
def embed_imported(event: Event) -> None:
    """Begins to embed what an import brought; the schedule makes sure that it is done."""
    transaction.on_commit(tasks.embed_missing_tickets.delay, robust=True)


@handles(IMPORT_REQUESTED)
def begin_import(event: Event) -> None:
    """Wakes a worker for the file; with a broker that is down the schedule does."""
    run_id = event.subject_id

    def wake() -> None:
        tasks.import_file.delay(run_id)

    transaction.on_commit(wake, robust=True)


@handles(TICKET_OPENED)
def tell_requester_it_is_logged(event: Event) -> None:
    """Somebody else logged it: the requester hears the number."""
    ticket = _ticket(event)
    title = f"We have logged {ticket.reference} for you"
    notices.tell(ticket.requester, event, ticket, notices.LOGGED.name, title)


@handles(TICKET_REPLIED)
def tell_of_reply(event: Event) -> None:
    """Whoever the words are for hears of them."""
    message = Message.objects.get(pk=event.payload["message_id"])
    notices.tell_of_message(event, _ticket(event), message)


@handles(PERSON_MENTIONED)
def tell_of_mention(event: Event) -> None:
    """Whoever was named hears of it."""
    person = Person.objects.get(pk=event.payload["person_id"])
    notices.tell_of_mention(event, _ticket(event), person)


@handles(TICKET_ASSIGNED)
def tell_assignee(event: Event) -> None:
    """The new owner hears of it."""
    ticket = _ticket(event)
    if ticket.assignee_id == event.payload["assignee_id"]:
        title = f"{ticket.reference} is yours"
        notices.tell(ticket.assignee, event, ticket, notices.ASSIGNED.name, title)


@handles(FIX_OFFERED)
def tell_requester_to_check(event: Event) -> None:
    """Somebody offered a fix by hand; who deploys a release tells everybody concerned at once."""
    if event.actor_id is not None:
        ticket = _ticket(event)
        title = f"Please check: {ticket.reference} may be fixed in {event.payload['release']}"
        notices.tell(ticket.requester, event, ticket, notices.FIX_OFFERED.name, title)


@handles(TICKET_RESOLVED)
def tell_requester_it_is_resolved(event: Event) -> None:
    """The requester hears the end of it."""
    ticket = _ticket(event)
    title = f"{ticket.reference} is resolved"
    notices.tell(ticket.requester, event, ticket, notices.RESOLVED.name, title)


@handles(TICKET_REOPENED)
def tell_assignee_it_is_back(event: Event) -> None:
    """The owner hears that it is not over."""
    ticket = _ticket(event)
    title = f"{ticket.reference} was reopened"
    notices.tell(ticket.assignee, event, ticket, notices.REOPENED.name, title)


@handles(STILL_BROKEN)
def tell_assignee_it_is_still_broken(event: Event) -> None:
    """The owner hears that the fix did not help."""
    ticket = _ticket(event)
    title = f"{ticket.reference} is still broken"
    notices.tell(ticket.assignee, event, ticket, notices.STILL_BROKEN.name, title)
