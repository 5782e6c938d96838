"""Telling requesters what helps meanwhile, or that it is over: at a ticket of a problem, once."""

from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.given import one_of
from core.timeline import record
from incidents.actions import reply_to_ticket
from incidents.models import Message, Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.values import Values
from incidents.variables import fill, unknown_variables
from problems import events, permissions
from problems.actions.links import link_ticket_to_problem
from problems.actions.rows import locked
from problems.models import Problem, Telling
from problems.models.telling import TellingQuerySet
from problems.workflow import TOLD


def open_tickets_of(problem: Problem) -> TicketQuerySet:
    """The open tickets the problem caused, whoever may see them; of a merged one that which
    handles it.
    """
    linked = problem.ticket_links.values("ticket_id")
    pointed = Ticket.objects.filter(pk__in=linked, merged_into__isnull=False)
    return Ticket.objects.open().filter(Q(pk__in=linked) | Q(pk__in=pointed.values("merged_into")))


def told_before(problem: Problem, *, kind: str, body: str) -> TellingQuerySet:
    """Where this very text was told already."""
    return Telling.objects.filter(problem=problem, kind=kind, fingerprint=fingerprint_of(body))


def apart_from(tickets: TicketQuerySet, problem: Problem, *, kind: str, body: str) -> list[Ticket]:
    """Tickets merged into one of these at which somebody is to be told this text on their own.

    They neither read the ticket that handles theirs, nor have an open one of the problem, nor were
    told before; one ticket for each of them. A query for each of them.
    """
    open_ones = open_tickets_of(problem).order_by()
    merged = Ticket.objects.filter(merged_into__in=open_ones.values("pk"))
    earlier = merged.filter(requester=OuterRef("requester"), pk__lt=OuterRef("pk"))
    told = told_before(problem, kind=kind, body=body).order_by()
    rows = (
        Ticket.objects.filter(merged_into__in=tickets.order_by().values("pk"))
        .exclude(requester__in=open_ones.values("requester_id"))
        .exclude(requester__in=told.values("ticket__requester_id"))
        .exclude(Exists(earlier))
        .select_related("requester", "merged_into")
        .order_by("pk")
    )
    return [one for one in rows if not _reads_where_it_is_handled(one)]


def _reads_where_it_is_handled(merged: Ticket) -> bool:
    visible = Ticket.objects.visible_to(merged.requester)
    return merged.merged_into is not None and visible.filter(pk=merged.merged_into.pk).exists()


def check_words(body: str) -> str:
    """The words; a DomainError when there are none, or when they hold an unknown variable."""
    unknown = unknown_variables(body)
    if unknown:
        raise DomainError(f"There is no variable {{{{{unknown[0]}}}}}.", field="body")
    if not body.strip():
        raise DomainError("Write something first.", field="body")
    return body


@transaction.atomic
def send_workaround(
    problem: Problem,
    *,
    actor: Person | None,
    ticket: Ticket,
    body: str,
    kind: str = "workaround",
    at: datetime | None = None,
) -> Message:
    """Writes the workaround, or the fix, publicly on a ticket, in the words of that ticket, and to
    those whose tickets were merged into it and who cannot read it, each at their own.

    Links the ticket unless the problem is closed. The same text goes to a ticket once: a
    DomainError refuses it when nobody is left to tell. Returns the first message.
    """
    problem = locked(problem)
    permissions.require(actor, "send_workaround", problem)
    _require_news(problem, kind)
    check_words(body)
    now = at or timezone.now()
    if problem.state != "closed" and not ticket.is_merged:
        link_ticket_to_problem(problem, actor=actor, ticket=ticket, at=now)
    told = told_before(problem, kind=kind, body=body)
    heard = [] if told.filter(ticket=ticket).exists() else [ticket]
    heard += apart_from(Ticket.objects.filter(pk=ticket.pk), problem, kind=kind, body=body)
    if not heard:
        raise DomainError(f"{ticket.reference} was told this already.", field="body")
    messages = [_tell(problem, one, actor, kind, body, now) for one in heard]
    fact = events.WORKAROUND_SENT if kind == "workaround" else events.FIX_SENT
    record(fact, problem, actor=actor, at=now, ticket_id=ticket.pk, reference=ticket.reference)
    return messages[0]


def _tell(
    problem: Problem, ticket: Ticket, actor: Person | None, kind: str, body: str, at: datetime
) -> Message:
    """Writes on one ticket, and keeps that it was told."""
    words = fill(body, Values(ticket, actor))
    message = reply_to_ticket(ticket, actor=actor, body=words, kind=Message.Kind.PUBLIC, at=at)
    Telling.objects.create(
        problem=problem,
        ticket=ticket,
        kind=kind,
        fingerprint=fingerprint_of(body),
        message=message,
        person=actor,
        sent_at=at,
    )
    return message


def _require_news(problem: Problem, kind: str) -> None:
    """A DomainError while there is nothing of this kind to tell."""
    one_of(kind, TOLD, "kind")
    reason = refusal(problem, kind)
    if reason:
        raise DomainError(reason, field="body")


def refusal(problem: Problem, kind: str) -> str:
    """Why there is nothing of this kind to tell, in a sentence; empty when there is."""
    if kind == "fix":
        return "" if has_fix(problem) else f"{problem.reference} has no fix yet."
    if problem.state == "closed":
        return f"{problem.reference} is closed: its workaround is not sent any more."
    return "" if problem.workaround else f"{problem.reference} has no workaround yet."


def has_fix(problem: Problem) -> bool:
    """True once it is fixed: resolved, or closed as fixed."""
    return problem.state == "resolved" or problem.outcome == "fixed"


def fingerprint_of(body: str) -> str:
    """By which the same text is known again, before its variables are filled in."""
    return sha256(body.strip().encode()).hexdigest()
