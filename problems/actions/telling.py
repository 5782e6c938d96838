"""Telling requesters what helps meanwhile, or that it is over: at every ticket of a problem."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from incidents.actions import reply_to_ticket
from incidents.models import Message, Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.values import Values
from incidents.variables import fill, unknown_variables
from problems import events, permissions
from problems.actions.links import link_ticket_to_problem
from problems.models import Problem


def open_tickets_of(problem: Problem) -> TicketQuerySet:
    """The open tickets the problem caused, whoever may see them; of a merged one that which
    handles it.
    """
    linked = problem.ticket_links.values("ticket_id")
    pointed = Ticket.objects.filter(pk__in=linked, merged_into__isnull=False)
    return Ticket.objects.open().filter(Q(pk__in=linked) | Q(pk__in=pointed.values("merged_into")))


def apart_from(ticket: Ticket, problem: Problem) -> list[Ticket]:
    """Tickets merged into this one at which somebody has to be told on their own: they neither
    read this ticket nor have an open one of the problem. One ticket for each of them.
    """
    open_ones = open_tickets_of(problem).order_by()
    merged = Ticket.objects.filter(merged_into__in=open_ones.values("pk"))
    earlier = merged.filter(requester=OuterRef("requester"), pk__lt=OuterRef("pk"))
    rows = (
        Ticket.objects.filter(merged_into=ticket)
        .exclude(requester__in=open_ones.values("requester_id"))
        .exclude(Exists(earlier))
        .select_related("requester")
        .order_by("pk")
    )
    return [one for one in rows if not _reads(one.requester, ticket)]


def _reads(person: Person, ticket: Ticket) -> bool:
    return Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists()


def check_words(body: str) -> str:
    """The words; a DomainError when there are none, or when they hold an unknown variable."""
    unknown = unknown_variables(body)
    if unknown:
        raise DomainError(f"There is no variable {{{{{unknown[0]}}}}}.", field="body")
    if not body.strip():
        raise DomainError("Write something first.", field="body")
    return body


@transaction.atomic
def tell_requesters(problem: Problem, *, actor: Person, ticket: Ticket, body: str) -> list[Message]:
    """Writes publicly on a ticket the problem caused, in the words of that ticket, and to those
    whose tickets were merged into it and who cannot read it, each at their own.

    The ticket is linked to the problem unless that is closed.
    """
    permissions.require(actor, "tell", problem)
    check_words(body)
    if problem.state != "closed" and not ticket.is_merged:
        link_ticket_to_problem(problem, actor=actor, ticket=ticket)
    heard = [ticket, *apart_from(ticket, problem)]
    return [reply_to_ticket(one, actor=actor, body=fill(body, Values(one, actor))) for one in heard]


@transaction.atomic
def note_broadcast(problem: Problem, *, actor: Person, count: int, job_id: int) -> None:
    """The problem's history says that its requesters are being told."""
    record(events.REQUESTERS_TOLD, problem, actor=actor, tickets=count, job_id=job_id)
