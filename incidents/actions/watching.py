"""Following a ticket."""

from django.db import transaction

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from core.timeline import record
from incidents.events import TICKET_FOLLOWED, TICKET_UNFOLLOWED
from incidents.models import Ticket, Watcher
from incidents.permissions import may_follow, require

MOST_WATCHERS = 100


@transaction.atomic
def follow_ticket(ticket: Ticket, *, actor: Person) -> Watcher:
    """The person wants to hear of this ticket."""
    require(actor, "follow", ticket)
    return _watch(ticket, actor, actor)


@transaction.atomic
def unfollow_ticket(ticket: Ticket, *, actor: Person) -> None:
    """The person does not want to hear of it any more."""
    _unwatch(ticket, actor, actor)


@transaction.atomic
def add_watcher(ticket: Ticket, *, actor: Person | None, person: Person) -> Watcher:
    """Lets a colleague follow the ticket; nobody follows what they may not see."""
    require(actor, "add_watcher", ticket)
    if not person.is_active:
        raise DomainError(f"{person.name} has left.", field="person")
    if not may_follow(person, ticket):
        raise DomainError(f"{person.name} may not see this ticket.", field="person")
    return _watch(ticket, person, actor)


@transaction.atomic
def follow_when_mentioned(ticket: Ticket, *, person: Person) -> Watcher | None:
    """Lets somebody who was named follow the ticket; None when they may not, or it has too many."""
    if not may_follow(person, ticket):
        return None
    try:
        return _watch(ticket, person, person)
    except DomainError:
        return None


@transaction.atomic
def remove_watcher(ticket: Ticket, *, actor: Person | None, person: Person) -> None:
    """Ends somebody's following: their own, one they were added to, or, for staff, anybody's."""
    require(actor, "add_watcher", ticket)
    added = Watcher.objects.filter(ticket=ticket, person=person, added_by=actor).exists()
    if actor is not None and not (actor.pk == person.pk or actor.is_staff_member or added):
        raise NotPermitted("You may take away only whom you added.")
    _unwatch(ticket, person, actor)


def _watch(ticket: Ticket, person: Person, actor: Person | None) -> Watcher:
    Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    if Watcher.objects.filter(ticket=ticket).count() >= MOST_WATCHERS:
        raise DomainError(f"At most {MOST_WATCHERS} people follow one ticket.", field="person")
    watcher, added = Watcher.objects.get_or_create(
        ticket=ticket, person=person, defaults={"added_by": actor}
    )
    if added:
        says = "follows" if person == actor else f"lets {person.name} follow"
        record(
            TICKET_FOLLOWED,
            ticket,
            actor=actor,
            says=f"{says} the ticket",
            person_id=person.pk,
        )
    return watcher


def _unwatch(ticket: Ticket, person: Person, actor: Person | None) -> None:
    gone, _ = Watcher.objects.filter(ticket=ticket, person=person).delete()
    if gone:
        whose = "" if person == actor else f" for {person.name}"
        record(
            TICKET_UNFOLLOWED,
            ticket,
            actor=actor,
            says=f"stopped the following{whose}",
            person_id=person.pk,
        )
