"""Telling all open tickets of a problem at once: who will read what, and the job that sends it."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Person
from core.errors import DomainError
from incidents.jobs.operations import start_job
from incidents.models import Ticket, TicketCopy, TicketJob
from problems import permissions
from problems.actions import apart_from, check_words, open_tickets_of, refusal, told_before
from problems.models import KnownError, Problem

OPERATION = "tell_of_problem"


@dataclass(frozen=True)
class Audience:
    """Who reads a text of a problem: at open tickets of it at which somebody was not told it yet.

    `readers` are those of the tickets that are written on; `apart` are tickets merged into one of
    them whose requesters read it there, since they cannot read the other; `told` were told this
    very text before; `hidden` are open but not visible to whoever asks.
    """

    tickets: QuerySet[Ticket]
    readers: QuerySet[Ticket]
    apart: list[Ticket]
    count: int
    people: int
    told: int
    hidden: int


def audience_of(problem: Problem, *, person: Person, kind: str, body: str) -> Audience:
    """Who would read this text now."""
    told = told_before(problem, kind=kind, body=body).filter(ticket=OuterRef("pk"))
    every = open_tickets_of(problem)
    mine = Ticket.objects.visible_to(person).filter(pk__in=every.order_by().values("pk"))
    apart = apart_from(mine, problem, kind=kind, body=body)
    untold = mine.filter(~Exists(told))
    targets = {one.merged_into_id for one in apart}
    waiting = mine.filter(Q(~Exists(told)) | Q(pk__in=targets))
    copies = TicketCopy.objects.filter(
        Q(ticket__in=untold.order_by().values("pk")) | Q(ticket__in=apart)
    )
    people = Person.objects.get_queryset().filter(
        Q(pk__in=untold.order_by().values("requester_id"))
        | Q(pk__in={one.requester_id for one in apart})
        | Q(pk__in=copies.values("person_id"))
    )
    count, visible = waiting.count(), mine.count()
    return Audience(
        tickets=waiting.order_by("pk"),
        readers=untold.select_related("requester", "organisation").order_by("pk"),
        apart=apart,
        count=count,
        people=people.count(),
        told=visible - count,
        hidden=every.count() - visible,
    )


def first_words(problem: Problem, kind: str) -> str:
    """The text a message begins with: what is known, written for requesters."""
    if kind == "workaround":
        return problem.workaround
    known = KnownError.objects.filter(problem=problem).first()
    release = known.fixed_in_release if known else ""
    begun = f"This is fixed since release {release}." if release else "This is fixed now."
    return "\n\n".join(part for part in (begun, known.solution if known else "") if part)


def tell_open_tickets(problem: Problem, *, actor: Person, kind: str, body: str) -> TicketJob:
    """Queues the text for every open ticket the person may see; one result a ticket.

    Tickets that were told this very text before are left out, however often it is asked for.
    """
    permissions.require(actor, "send_workaround", problem)
    reason = refusal(problem, kind)
    if reason:
        raise DomainError(reason, field="body")
    check_words(body)
    audience = audience_of(problem, person=actor, kind=kind, body=body)
    if not audience.count:
        raise DomainError("No open ticket is left that was not told this.", field="body")
    return start_job(
        actor=actor,
        operation=OPERATION,
        params={"problem": problem.reference, "kind": kind, "body": body},
        ticket_ids=list(audience.tickets.values_list("pk", flat=True)),
    )


def jobs_of(problem: Problem, person: Person) -> QuerySet[TicketJob]:
    """Jobs that told tickets of the problem, newest first, which the person may see."""
    jobs = TicketJob.objects.visible_to(person).filter(operation=OPERATION)
    mine = jobs.filter(params__problem=problem.reference)
    return mine.select_related("requested_by").order_by("-id")
