"""Which tickets a problem caused."""

from datetime import datetime

from django.db import models, transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from incidents.models import Ticket
from problems import events, permissions
from problems.actions.rows import locked
from problems.models import ClusterMember, Problem, ProblemTicket


@transaction.atomic
def link_ticket_to_problem(
    problem: Problem, *, actor: Person | None, ticket: Ticket, at: datetime | None = None
) -> Problem:
    """Says that this problem caused this ticket; a second time changes nothing."""
    problem = locked(problem)
    permissions.require(actor, "link_ticket", problem)
    if problem.state == "closed":
        raise DomainError(f"{problem.reference} is closed; reopen it first.", field="ticket")
    now = at or timezone.now()
    _, new = ProblemTicket.objects.get_or_create(
        problem=problem, ticket=ticket, defaults={"person": actor, "created_at": now}
    )
    if not new:
        return problem
    _touch(problem, now)
    record(
        events.PROBLEM_TICKET_LINKED,
        problem,
        actor=actor,
        at=now,
        ticket_id=ticket.pk,
        reference=ticket.reference,
    )
    record(
        events.TICKET_GIVEN_PROBLEM,
        ticket,
        actor=actor,
        at=now,
        problem_id=problem.pk,
        reference=problem.reference,
    )
    return problem


@transaction.atomic
def unlink_ticket_from_problem(
    problem: Problem, *, actor: Person | None, ticket: Ticket, at: datetime | None = None
) -> Problem:
    """Takes the claim back."""
    problem = locked(problem)
    permissions.require(actor, "unlink_ticket", problem)
    gone, _ = ProblemTicket.objects.filter(problem=problem, ticket=ticket).delete()
    if not gone:
        raise DomainError(
            f"{ticket.reference} is not linked to {problem.reference}.", field="ticket"
        )
    now = at or timezone.now()
    _touch(problem, now)
    record(
        events.PROBLEM_TICKET_UNLINKED,
        problem,
        actor=actor,
        at=now,
        ticket_id=ticket.pk,
        reference=ticket.reference,
    )
    record(
        events.TICKET_FREED_OF_PROBLEM,
        ticket,
        actor=actor,
        at=now,
        problem_id=problem.pk,
        reference=problem.reference,
    )
    return problem


@transaction.atomic
def link_cluster_tickets(
    problem: Problem, *, actor: Person | None, at: datetime | None = None
) -> Problem:
    """Links every member of the problem's cluster that is not linked yet."""
    problem = locked(problem)
    permissions.require(actor, "link_ticket", problem)
    if problem.cluster_id is None:
        raise DomainError(f"{problem.reference} was not opened from a cluster.")
    waiting = list(unlinked_members(problem).values_list("ticket_id", flat=True))
    if not waiting:
        return problem
    now = at or timezone.now()
    ProblemTicket.objects.bulk_create(
        [
            ProblemTicket(problem=problem, ticket_id=pk, person=actor, created_at=now)
            for pk in waiting
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    _touch(problem, now)
    record(
        events.PROBLEM_TICKETS_LINKED,
        problem,
        actor=actor,
        at=now,
        tickets=len(waiting),
        ticket_ids=list(waiting),
    )
    return problem


def unlinked_members(problem: Problem) -> models.QuerySet[ClusterMember]:
    """Members of the problem's cluster that are not linked to it, oldest first."""
    if problem.cluster_id is None:
        return ClusterMember.objects.none()
    linked = ProblemTicket.objects.filter(problem=problem).values("ticket_id")
    return (
        ClusterMember.objects.filter(cluster_id=problem.cluster_id)
        .exclude(ticket_id__in=linked)
        .order_by("ticket_id")
    )


def _touch(problem: Problem, now: datetime) -> None:
    problem.updated_at = now
    problem.save(update_fields=["updated_at"])
