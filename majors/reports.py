"""The tickets behind a major incident: the one it began with, and its children."""

from django.db.models import Case, F, Q, When

from accounts.models import Person
from incidents.models import RelationKind, Ticket, TicketRelation
from incidents.models.ticket import TicketQuerySet
from incidents.similar import Match, similar_to
from majors.models import MajorIncident, UpdateText

PROPOSED_REPORTS = 12


def tickets_of(major: MajorIncident) -> TicketQuerySet:
    """Every ticket that reports it, whoever may see it; for telling people, not for showing.

    With those merged into one of them: who asked there waits for the same end.
    """
    children = TicketRelation.objects.filter(
        kind=RelationKind.CHILD_OF, to_ticket_id=major.ticket_id
    )
    pointed = Ticket.objects.filter(pk=major.ticket_id, merged_into__isnull=False)
    began = Q(pk=major.ticket_id) | Q(pk__in=pointed.values("merged_into"))
    own = Ticket.objects.filter(began | Q(pk__in=children.values("from_ticket_id")))
    return own.with_merged()


def visible_tickets_of(major: MajorIncident, person: Person) -> TicketQuerySet:
    """Those the person may see."""
    return Ticket.objects.visible_to(person).filter(pk__in=tickets_of(major).values("pk"))


def likely_reports(major: MajorIncident, person: Person) -> list[Match]:
    """Open tickets like the one it began with that are not reports of it yet, best first."""
    known = set(tickets_of(major).values_list("pk", flat=True))
    matches = similar_to(person, major.ticket, limit=PROPOSED_REPORTS * 2)
    return [one for one in matches if one.ticket.is_open and one.ticket.pk not in known][
        :PROPOSED_REPORTS
    ]


def affected_people(tickets: TicketQuerySet) -> list[Person]:
    """Requesters and affected users of tickets, each once; people who work here are not."""
    concerned = {*tickets.values_list("requester_id", flat=True)}
    with_others = tickets.filter(affected_users__isnull=False)
    concerned |= {*with_others.values_list("affected_users__id", flat=True)}
    people = Person.objects.get_queryset().filter(pk__in=concerned)
    return [person for person in people if not person.is_staff_member]


def ticket_known_to(person: Person, tickets: TicketQuerySet) -> Ticket | None:
    """The one of the tickets under which a person knows of it: their own before another's, one
    that is handled itself before one that points elsewhere; None when they may see none.
    """
    theirs = Ticket.objects.visible_to(person).filter(pk__in=tickets.values("pk"))
    known = Case(When(requester=person, then=0), default=1)
    return theirs.order_by(known, F("merged_into").asc(nulls_first=True), "id").first()


def major_of(ticket: Ticket) -> MajorIncident | None:
    """The major incident this ticket is, or is a report of; None when it is neither.

    A merged ticket is what the ticket that handles it is.
    """
    numbers = [pk for pk in (ticket.pk, ticket.merged_into_id) if pk is not None]
    parents = TicketRelation.objects.filter(
        kind=RelationKind.CHILD_OF, from_ticket_id__in=numbers
    ).values("to_ticket_id")
    return (
        MajorIncident.objects.filter(Q(ticket_id__in=numbers) | Q(ticket_id__in=parents))
        .order_by("-pk")
        .first()
    )


def last_told_to_requesters(major: MajorIncident) -> UpdateText | None:
    """What affected requesters were told last; whoever asks sees a ticket of it."""
    told = UpdateText.objects.filter(update__major=major, audience="requesters")
    return told.select_related("update").order_by("-update_id").first()
