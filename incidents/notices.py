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
MERGED = declare("incidents.merged", "Handled together", icon="git-merge")
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
    """A public reply is told to the other side; a note or a question to whoever works on it.

    What was written to a merged ticket is told to that ticket's requester, by that ticket's
    number; the requester of the ticket it landed on hears of it only when they may read it.
    """
    who = event.actor.name if event.actor else "Upstream"
    if message.is_public:
        asked = message.merged_from or ticket
        for person, about in ((asked.requester, asked), (ticket.requester, ticket)):
            if Message.objects.visible_to(person).filter(pk=message.pk).exists():
                tell(person, event, about, ANSWERED.name, f"{who} wrote on {about.reference}")
        tell(ticket.assignee, event, ticket, ANSWERED.name, f"{who} wrote on {ticket.reference}")
    elif message.kind == Message.Kind.QUESTION:
        tell(ticket.assignee, event, ticket, ASKED.name, f"{who} asked about {ticket.reference}")


def tell_merged(event: Event, ticket: Ticket, kind: str, words: str) -> None:
    """Tells the requesters of the tickets merged into this one, each by their own number; the
    ticket's own requester is told of the ticket itself.
    """
    merged = ticket.merged_from.exclude(requester=ticket.requester_id).select_related("requester")
    for one in merged.order_by("pk"):
        tell(one.requester, event, one, kind, f"{one.reference} {words}")


def tell_of_target(event: Event, ticket: Ticket, kind: str, title: str) -> None:
    """The assignee and the leads of the ticket's team hear of a target, each once."""
    people = {person.pk: person for person in (ticket.assignee,) if person is not None}
    leads = Membership.objects.filter(team=ticket.team_id, is_lead=True).select_related("person")
    people |= {lead.person_id: lead.person for lead in leads}
    for person in people.values():
        tell(person, event, ticket, kind, title)
