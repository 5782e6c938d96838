"""What a merge of tickets does to problems and clusters, and how it is taken back."""

from datetime import datetime

from django.db import transaction
from django.utils.dateparse import parse_datetime

from core.models import Event
from core.timeline import record
from incidents.models import Ticket
from problems import events
from problems.actions.links import link_ticket_to_problem, unlink_ticket_from_problem
from problems.actions.rows import locked
from problems.counting import refresh_counts
from problems.models import ClusterMember, Problem, ProblemTicket


@transaction.atomic
def follow_merge(source: Ticket, target: Ticket, *, merge_id: int, at: datetime) -> None:
    """The target takes the source's place at every problem that is not closed.

    A cluster counts contacts, so the source stays a member; the target joins it when it has none.
    Doing it again changes nothing.
    """
    links = ProblemTicket.objects.filter(ticket=source).select_related("problem")
    for link in links.order_by("problem_id"):
        if link.problem.state != "closed":
            _hand_on(link, source, target, merge_id, at)
    _join_cluster(source, target, merge_id, at)


def _hand_on(
    link: ProblemTicket, source: Ticket, target: Ticket, merge_id: int, at: datetime
) -> None:
    problem = locked(link.problem)
    joined = not ProblemTicket.objects.filter(problem=problem, ticket=target).exists()
    record(
        events.PROBLEM_TICKET_HANDED_ON,
        problem,
        actor=None,
        at=at,
        source=source.reference,
        target=target.reference,
        merge_id=merge_id,
        joined=joined,
        person_id=link.person_id,
        linked_at=link.created_at.isoformat(),
    )
    link_ticket_to_problem(problem, actor=None, ticket=target, at=at)
    unlink_ticket_from_problem(problem, actor=None, ticket=source, at=at)


def _join_cluster(source: Ticket, target: Ticket, merge_id: int, at: datetime) -> None:
    member = ClusterMember.objects.filter(ticket=source).select_related("cluster").first()
    if member is None or ClusterMember.objects.filter(ticket=target).exists():
        return
    cluster = locked(member.cluster)
    if cluster.locked:
        return
    ClusterMember.objects.create(
        cluster=cluster,
        ticket=target,
        reason=f"{source.reference} was merged into it",
        confidence=member.confidence,
        confirmed=member.confirmed,
        joined_at=at,
    )
    refresh_counts([cluster.pk])
    record(
        events.MEMBER_JOINED_BY_MERGE,
        cluster,
        actor=None,
        at=at,
        source=source.reference,
        target=target.reference,
        merge_id=merge_id,
    )


@transaction.atomic
def follow_undone_merge(source: Ticket, target: Ticket, *, merge_id: int, at: datetime) -> None:
    """Gives the source its places back, and takes from the target those it had from the merge."""
    for event in _facts(events.PROBLEM_TICKET_HANDED_ON.name, merge_id):
        problem = Problem.objects.filter(pk=event.subject_id).first()
        if problem is not None:
            _give_back(locked(problem), source, target, event, at)
    for event in _facts(events.MEMBER_JOINED_BY_MERGE.name, merge_id):
        joined = ClusterMember.objects.filter(cluster=event.subject_id, ticket=target)
        # A person's word about the member since then holds.
        if joined.filter(reason=f"{source.reference} was merged into it").delete()[0]:
            refresh_counts([event.subject_id])


def _facts(name: str, merge_id: int) -> list[Event]:
    return list(Event.objects.filter(name=name, payload__merge_id=merge_id).order_by("id"))


def _give_back(
    problem: Problem, source: Ticket, target: Ticket, event: Event, at: datetime
) -> None:
    if ProblemTicket.objects.filter(problem=problem, ticket=source).exists():
        return
    if problem.state == "closed":
        ProblemTicket.objects.create(problem=problem, ticket=source)
    else:
        link_ticket_to_problem(problem, actor=None, ticket=source, at=at)
    ProblemTicket.objects.filter(problem=problem, ticket=source).update(
        person_id=event.payload["person_id"],
        created_at=parse_datetime(event.payload["linked_at"]),
    )
    joined = ProblemTicket.objects.filter(problem=problem, ticket=target)
    if event.payload["joined"] and joined.exists():
        unlink_ticket_from_problem(problem, actor=None, ticket=target, at=at)
