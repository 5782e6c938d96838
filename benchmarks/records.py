"""Clusters, problems and one sprint with a hundred asks, so that their pages have much to show."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Person, Team
from accounts.roles import Side
from catalogue.models import Component
from devlink.actions import ask_for_fix, build_evidence_pack
from devlink.models import Sprint, WorkItem
from incidents.models import Ticket
from problems.models import Cluster, ClusterMember, Problem, ProblemTicket

CLUSTERS, MEMBERS, ASKED = 120, 60, 100


def sprint_with_evidence() -> int:
    """The sprint's number; made once a database."""
    found = Sprint.objects.filter(name="Bench sprint").first()
    if found:
        return found.pk
    agent = Person.objects.get(email="agent0@bench.example")
    team = Team.objects.create(name="Bench development", side=Side.DEVELOPMENT)
    now = timezone.now()
    sprint = Sprint.objects.create(
        name="Bench sprint",
        team=team,
        planning_at=now + timedelta(days=1),
        starts_on=now.date() + timedelta(days=1),
        ends_on=now.date() + timedelta(days=14),
    )
    components = list(Component.objects.all())
    newest = iter(Ticket.objects.order_by("-pk")[: CLUSTERS * MEMBERS])
    for number in range(CLUSTERS):
        component = components[number % len(components)]
        problem = _problem(number, component, [next(newest) for _ in range(MEMBERS)], agent)
        if number < ASKED:
            _ask(number, problem, sprint, agent)
    return sprint.pk


def _problem(number: int, component: Component, tickets: list[Ticket], agent: Person) -> Problem:
    cluster = Cluster.objects.create(
        title=f"Cause {number}",
        state="problem_open",
        service=component.service,
        component=component,
        terms=["export", "times out"],
        ticket_count=len(tickets),
        organisation_count=10,
        minutes=300,
        weekly=[number % 7] * 26,
        cohesion=0.7,
        first_seen_at=tickets[-1].created_at,
        last_seen_at=tickets[0].created_at,
        confirmed_at=timezone.now(),
    )
    ClusterMember.objects.bulk_create(
        [
            ClusterMember(cluster=cluster, ticket=one, reason="words", confidence=0.8)
            for one in tickets
        ]
    )
    problem = Problem.objects.create(
        title=f"Cause {number}", cluster=cluster, component=component, created_by=agent
    )
    ProblemTicket.objects.bulk_create(
        [ProblemTicket(problem=problem, ticket=one, person=agent) for one in tickets]
    )
    return problem


def _ask(number: int, problem: Problem, sprint: Sprint, agent: Person) -> None:
    item = WorkItem.objects.create(
        key=f"BEN-{number}",
        title=f"Remove cause {number}",
        team=sprint.team,
        sprint=sprint,
        problem=problem,
        cluster=problem.cluster,
        component=problem.component,
    )
    build_evidence_pack(problem, actor=agent, work_item=item)
    ask_for_fix(
        problem, actor=agent, sprint=sprint, points=1, rationale="It hurts.", work_item=item
    )
