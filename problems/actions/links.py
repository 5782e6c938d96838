"""Which tickets a problem caused."""

from datetime import datetime

from django.db import models, transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from incidents.models import Ticket
from problems import events, permissions
from problems.actions.clusters import mark_confirmed
from problems.actions.regrouping import merge_clusters
from problems.actions.rows import locked
from problems.models import Cluster, ClusterMember, Problem, ProblemTicket
from problems.workflow import CLUSTER


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


@transaction.atomic
def add_cluster_to_problem(
    cluster: Cluster, *, actor: Person | None, problem: Problem, at: datetime | None = None
) -> Problem:
    """Says that an open problem is the cause of this cluster; its tickets are linked.

    A problem that has a cluster already absorbs this one into it.
    """
    problem = locked(problem)
    permissions.require(actor, "open_problem", cluster)
    if not problem.is_open:
        raise DomainError(f"{problem.reference} is not open; reopen it first.", field="problem")
    if problem.cluster is None:
        _take(problem, locked(cluster), actor=actor, at=at)
    elif problem.cluster_id != cluster.pk:
        merge_clusters(cluster, actor=actor, into=problem.cluster)
    return link_cluster_tickets(problem, actor=actor, at=at)


def _take(problem: Problem, cluster: Cluster, *, actor: Person | None, at: datetime | None) -> None:
    now = at or timezone.now()
    cluster.state = CLUSTER.target("open_problem", cluster.state)
    if cluster.confirmed_at is None:
        mark_confirmed(cluster, actor=actor, at=now)
    cluster.updated_at = now
    cluster.save(update_fields=["state", "confirmed_at", "confirmed_by", "updated_at"])
    problem.cluster = cluster
    problem.confirmed_at = problem.confirmed_at or cluster.confirmed_at
    problem.save(update_fields=["cluster", "confirmed_at"])
    record(
        events.CLUSTER_PROBLEM_OPENED,
        cluster,
        actor=actor,
        at=now,
        problem_id=problem.pk,
        reference=problem.reference,
    )


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
