"""What people are told about tickets."""

from accounts.models import Person
from core.models import Event
from incidents.models import Message, Ticket
from notifications.actions import notify
from notifications.kinds import declare

LOGGED = declare("incidents.logged", "Logged for you", icon="ticket")
ANSWERED = declare("incidents.answered", "Answers", icon="message-square")
ASKED = declare("incidents.asked", "Questions to the developers", icon="message-circle-question")
MENTIONED = declare("incidents.mentioned", "Mentions of you", icon="at-sign")
ASSIGNED = declare("incidents.assigned", "Assigned to you", icon="user-check", mailed=False)
FIX_OFFERED = declare("incidents.fix_offered", "A fix to check", icon="wrench")
RESOLVED = declare("incidents.resolved", "Resolved", icon="circle-check")
REOPENED = declare("incidents.reopened", "Reopened", icon="rotate-ccw")
STILL_BROKEN = declare("incidents.still_broken", "Still broken", icon="triangle-alert")


def tell(person: Person | None, event: Event, ticket: Ticket, kind: str, title: str) -> None:
    """Tells one person what happened to a ticket, unless they did it or may not see it."""
    if person is None or person.pk == event.actor_id:
        return
    if not Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists():
        return
    notify(
        person,
        kind=kind,
        title=title,
        body=ticket.title,
        url=ticket.get_absolute_url(),
        once_key=f"event:{event.pk}",
    )


def tell_of_message(event: Event, ticket: Ticket, message: Message) -> None:
    """A public reply is told to the other side and to people in copy.

    A note or a question is told to whoever works on it, and to nobody outside.
    """
    who = event.actor.name if event.actor else "Upstream"
    if message.is_public:
        title = f"{who} wrote on {ticket.reference}"
        copied = [copy.person for copy in ticket.copies.select_related("person")]
        for person in (ticket.requester, ticket.assignee, *copied):
            tell(person, event, ticket, ANSWERED.name, title)
    elif message.kind == Message.Kind.QUESTION:
        tell(ticket.assignee, event, ticket, ASKED.name, f"{who} asked about {ticket.reference}")


def tell_of_mention(event: Event, ticket: Ticket, person: Person) -> None:
    """Whoever was named hears of it; never a requester of an internal note."""
    message = Message.objects.visible_to(person).filter(pk=event.payload["message_id"])
    if message.exists():
        who = event.actor.name if event.actor else "Upstream"
        title = f"{who} mentioned you on {ticket.reference}"
        tell(person, event, ticket, MENTIONED.name, title)
