"""What people are told by rules, and about them."""

from accounts.models import Person
from core.models import Event
from incidents.models import Ticket
from notifications.actions import notify
from notifications.kinds import declare
from rules.models import Rule

TOLD = declare("rules.told", "Told by a rule or macro", icon="megaphone")
PAUSED = declare("rules.paused", "A rule of yours was paused", icon="circle-pause")


def tell_people(event: Event, ticket: Ticket) -> None:
    """Tells the people and team members the fact names, as far as they may see the ticket."""
    named = Person.objects.filter(pk__in=event.payload["people"])
    members = Person.objects.filter(memberships__team__in=event.payload["teams"])
    title = event.payload["text"] or f"{ticket.reference} needs you"
    for person in (named | members).distinct():
        if Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists():
            notify(
                person,
                kind=TOLD.name,
                title=title,
                body=f"{ticket.reference} {ticket.title}",
                url=ticket.get_absolute_url(),
                once_key=f"event:{event.pk}",
            )


def tell_owner(event: Event, rule: Rule) -> None:
    """Tells the owner of a rule why it was paused."""
    notify(
        rule.owner,
        kind=PAUSED.name,
        title=f"The rule “{rule.name}” was paused",
        body=event.payload["reason"],
        url=rule.get_absolute_url(),
        once_key=f"event:{event.pk}",
    )
