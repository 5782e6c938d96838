"""The tickets behind a major incident: the one it began with, and its children."""

from django.db.models import Q

from accounts.models import Person
from incidents.models import Ticket
from incidents.models.ticket import TicketQuerySet
from majors.models import MajorIncident, UpdateText


def tickets_of(major: MajorIncident) -> TicketQuerySet:
    """Every ticket that reports it, whoever may see it; for telling people, not for showing."""
    return Ticket.objects.filter(Q(pk=major.ticket_id))


def visible_tickets_of(major: MajorIncident, person: Person) -> TicketQuerySet:
    """Those the person may see."""
    return Ticket.objects.visible_to(person).filter(pk__in=tickets_of(major).values("pk"))


def affected_people(major: MajorIncident) -> list[Person]:
    """Requesters and affected users of its tickets, each once; people who work here are not."""
    tickets = tickets_of(major).values("pk")
    rows = Ticket.objects.filter(pk__in=tickets)
    concerned = {*rows.values_list("requester_id", flat=True)}
    concerned |= {pk for pk in rows.values_list("affected_users", flat=True) if pk is not None}
    people = Person.objects.get_queryset().filter(pk__in=concerned)
    return [person for person in people if not person.is_staff_member]


def major_of(ticket: Ticket) -> MajorIncident | None:
    """The major incident this ticket is, or is a report of; None when it is neither."""
    return MajorIncident.objects.filter(ticket_id=ticket.pk).order_by("-pk").first()


def last_told_to_requesters(major: MajorIncident) -> UpdateText | None:
    """What affected requesters were told last; whoever asks sees a ticket of it."""
    told = UpdateText.objects.filter(update__major=major, audience="requesters")
    return told.select_related("update").order_by("-update_id").first()
