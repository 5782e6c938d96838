"""What people are told about tickets."""

from accounts.models import Membership, Person
from core.models import Event
from incidents.models import Message, Ticket
from notifications.actions import notify
from notifications.kinds import declare

LOGGED = declare("incidents.logged", "Logged for you", icon="ticket")
ANSWERED = declare("incidents.answered", "Answers", icon="message-square")
ASKED = declare("incidents.asked", "Questions to the developers", icon="message-circle-question")
ASSIGNED = declare("incidents.assigned", "Assigned to you", icon="user-check", mailed=False)
FIX_OFFERED = declare("incidents.fix_offered", "A fix to check", icon="wrench")
RESOLVED = declare("incidents.resolved", "Resolved", icon="circle-check")
REOPENED = declare("incidents.reopened", "Reopened", icon="rotate-ccw")
TARGET_NEAR = declare("incidents.target_near", "Targets near", icon="timer")
TARGET_OVER = declare("incidents.target_over", "Targets over", icon="triangle-alert")
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
    """A public reply is told to the other side; a note or a question to whoever works on it."""
    who = event.actor.name if event.actor else "Upstream"
    if message.is_public:
        title = f"{who} wrote on {ticket.reference}"
        for person in (ticket.requester, ticket.assignee):
            tell(person, event, ticket, ANSWERED.name, title)
    elif message.kind == Message.Kind.QUESTION:
        tell(ticket.assignee, event, ticket, ASKED.name, f"{who} asked about {ticket.reference}")


def tell_of_target(event: Event, ticket: Ticket, kind: str, title: str) -> None:
    """The assignee and the leads of the ticket's team hear of a target, each once."""
    people = {person.pk: person for person in (ticket.assignee,) if person is not None}
    leads = Membership.objects.filter(team=ticket.team_id, is_lead=True).select_related("person")
    people |= {lead.person_id: lead.person for lead in leads}
    for person in people.values():
        tell(person, event, ticket, kind, title)
