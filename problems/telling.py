"""Telling all open tickets of a problem at once: who will read what, and the job that sends it."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Person
from core.errors import DomainError
from incidents.jobs.operations import start_job
from incidents.models import Ticket, TicketCopy, TicketJob
from problems import permissions
from problems.actions import fingerprint_of, has_fix
from problems.models import KnownError, Problem, Telling

OPERATION = "tell_of_problem"


@dataclass(frozen=True)
class Audience:
    """Who reads a text of a problem: open linked tickets that were not told it yet.

    `told` were told this very text before; `hidden` are open but not visible to whoever asks.
    """

    tickets: QuerySet[Ticket]
    count: int
    people: int
    told: int
    hidden: int


def open_tickets(problem: Problem) -> QuerySet[Ticket]:
    """The linked tickets that are neither over nor merged, whoever may see them."""
    return Ticket.objects.filter(pk__in=problem.ticket_links.values("ticket_id")).open()


def audience_of(problem: Problem, *, person: Person, kind: str, body: str) -> Audience:
    """Who would read this text now."""
    told = Telling.objects.filter(
        problem=problem, kind=kind, fingerprint=fingerprint_of(body), ticket=OuterRef("pk")
    )
    mine = Ticket.objects.visible_to(person).filter(pk__in=open_tickets(problem).values("pk"))
    waiting = mine.filter(~Exists(told))
    count, visible = waiting.count(), mine.count()
    copies = TicketCopy.objects.filter(ticket__in=waiting.values("pk"))
    people = Person.objects.get_queryset().filter(
        Q(pk__in=waiting.values("requester_id")) | Q(pk__in=copies.values("person_id"))
    )
    return Audience(
        tickets=waiting.select_related("requester", "organisation").order_by("pk"),
        count=count,
        people=people.count(),
        told=visible - count,
        hidden=open_tickets(problem).count() - visible,
    )


def first_words(problem: Problem, kind: str) -> str:
    """The text a message begins with: what is known, written for requesters."""
    if kind == "workaround":
        return problem.workaround
    known = KnownError.objects.filter(problem=problem).first()
    release = known.fixed_in_release if known else ""
    begun = f"This is fixed since release {release}." if release else "This is fixed now."
    return "\n\n".join(part for part in (begun, known.solution if known else "") if part)


def refusal(problem: Problem, kind: str) -> str:
    """Why there is nothing of this kind to tell, in a sentence; empty when there is."""
    if kind == "workaround":
        return "" if problem.workaround else f"{problem.reference} has no workaround yet."
    return "" if has_fix(problem) else f"{problem.reference} has no fix yet."


def tell_open_tickets(problem: Problem, *, actor: Person, kind: str, body: str) -> TicketJob:
    """Queues the text for every open linked ticket the person may see; one result a ticket.

    Tickets that were told this very text before are left out, however often it is asked for.
    """
    permissions.require(actor, "send_workaround", problem)
    reason = refusal(problem, kind)
    if reason:
        raise DomainError(reason, field="body")
    if not body.strip():
        raise DomainError("Write something first.", field="body")
    audience = audience_of(problem, person=actor, kind=kind, body=body)
    if not audience.count:
        raise DomainError("No open ticket is left that was not told this.", field="body")
    return start_job(
        actor=actor,
        operation=OPERATION,
        params={"problem": problem.pk, "kind": kind, "body": body},
        ticket_ids=list(audience.tickets.values_list("pk", flat=True)),
    )
