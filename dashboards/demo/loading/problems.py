"""Problems of the demo, from the cluster they came from to the state they are in."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Greatest

from accounts.models import Person
from core.models import Event
from dashboards.demo.articles import demo_articles
from dashboards.demo.catalogue import service_of
from dashboards.demo.content import causes
from dashboards.demo.improvement import DemoProblem
from dashboards.demo.loading.chronicle import Chronicle, World
from dashboards.demo.loading.numbers import start_numbers_at
from incidents.models import Ticket
from problems.actions import (
    analyse_problem,
    assess_problem,
    close_problem,
    edit_problem,
    open_problem,
    open_problem_from_cluster,
    record_known_error,
    resolve_problem,
    start_problem_fix,
)
from problems.events import PROBLEM_TICKET_LINKED, TICKET_GIVEN_PROBLEM
from problems.models import Problem, ProblemTicket
from problems.workflow import PROBLEM

_FIRST_NUMBER = 40
_LINKED_BY_HAND = 0.97
_COMPONENTS = {cause.key: cause.component for cause in causes()}
# How many days after the opening each step was taken.
_ASSESSED, _ANALYSED, _KNOWN = 1, 3, 6
_REACHED = {
    "new": 0,
    "assess": 1,
    "root_cause_analysis": 2,
    "known_error": 3,
    "fix_in_progress": 3,
    "resolved": 3,
    "closed": 3,
}


def tell_problems(world: World, chronicle: Chronicle) -> None:
    """Adds the life of every problem to the chronicle."""
    if not Problem.objects.exists():
        start_numbers_at("problems_problem", _FIRST_NUMBER)
    for one in world.plan.improvement.problems:
        _tell(one, world, chronicle)


def _tell(one: DemoProblem, world: World, chronicle: Chronicle) -> None:
    chronicle.add(one.opened_at, lambda at: _open(one, world, at))
    reached = _REACHED[one.state]
    steps: list[tuple[int, Callable[[datetime], None]]] = [
        (_ASSESSED, lambda at: take(world, one.key, "assess", assess_problem, at)),
        (_ANALYSED, lambda at: take(world, one.key, "analyse", analyse_problem, at)),
        (_KNOWN, lambda at: _record(one, world, at)),
    ]
    for days, act in steps[: reached if one.root_cause else min(reached, 2)]:
        chronicle.add(one.opened_at + timedelta(days=days), act)
    if one.resolved_at is not None:
        chronicle.add(
            one.resolved_at, lambda at: take(world, one.key, "resolve", resolve_problem, at)
        )
    if one.state in ("resolved", "closed") and one.finished_at is not None:
        chronicle.add(one.finished_at, lambda at: _end(one, world, at))
    if one.resolved_at is not None:
        _tell_second_life(one, world, chronicle)


def _tell_second_life(one: DemoProblem, world: World, chronicle: Chronicle) -> None:
    """A fix that did not hold opened the problem again; people go on with it."""
    now = world.plan.now
    chronicle.add(
        now - timedelta(days=3), lambda at: take(world, one.key, "analyse", analyse_problem, at)
    )
    if one.state == "fix_in_progress":
        chronicle.add(
            now - timedelta(days=2),
            lambda at: take(world, one.key, "start_fix", start_problem_fix, at),
        )


def take(
    world: World,
    key: str,
    step: str,
    action: Callable[..., Problem],
    at: datetime,
    **more: str,
) -> None:
    """Takes a step where the problem's state allows it; verdicts on fixes may have moved it."""
    problem = world.problems[key]
    problem.refresh_from_db()
    if problem.state in PROBLEM.steps[step].sources:
        world.problems[key] = action(problem, actor=world.person("priya.nair"), at=at, **more)


def _open(one: DemoProblem, world: World, at: datetime) -> None:
    keeper = world.person("priya.nair")
    cluster = world.clusters.get(one.cause)
    component = world.directory.components[_COMPONENTS[one.cause]]
    owner = world.person(service_of(component.key).support_owner)
    if cluster is not None:
        cluster.refresh_from_db()
        problem = open_problem_from_cluster(
            cluster,
            actor=keeper,
            title=one.title,
            description=one.description,
            priority=one.impact + 1,
            impact=one.impact,
            owner=owner,
            at=at,
        )
    else:
        rows = [world.tickets[t.key] for t in world.plan.tickets if t.cause == one.cause]
        problem = open_problem(
            actor=keeper,
            title=one.title,
            description=one.description,
            priority=one.impact + 1,
            impact=one.impact,
            component=component,
            owner=owner,
            tickets=rows,
            at=at,
        )
    _link_missed(one, problem, world, at)
    world.problems[one.key] = edit_problem(
        problem, actor=keeper, root_cause=one.root_cause, workaround=one.workaround
    )


def _link_missed(one: DemoProblem, problem: Problem, world: World, at: datetime) -> None:
    """Agents link by hand most of what the cluster missed, each on the ticket they work on."""
    known = set(problem.ticket_links.values_list("ticket_id", flat=True))
    links: list[ProblemTicket] = []
    facts: list[Event] = []
    for ticket in world.plan.tickets:
        row = world.tickets[ticket.key]
        dice = random.Random(f"link:{ticket.key}")
        if ticket.cause != one.cause or row.pk in known or dice.random() > _LINKED_BY_HAND:
            continue
        person = row.assignee or world.person("priya.nair")
        moment = max(at, ticket.updated_at)
        links.append(ProblemTicket(problem=problem, ticket=row, person=person, created_at=moment))
        facts += _link_facts(problem, row, person, moment)
    ProblemTicket.objects.bulk_create(links)
    Event.objects.bulk_create(facts)


def _link_facts(
    problem: Problem, ticket: Ticket, person: Person, at: datetime
) -> tuple[Event, Event]:
    """The two facts of `link_ticket_to_problem`: one for each page."""
    return (
        Event(
            name=PROBLEM_TICKET_LINKED.name,
            at=at,
            actor=person,
            subject_kind="problems.problem",
            subject_id=problem.pk,
            payload={"ticket_id": ticket.pk, "reference": ticket.reference},
        ),
        Event(
            name=TICKET_GIVEN_PROBLEM.name,
            at=at,
            actor=person,
            subject_kind="incidents.ticket",
            subject_id=ticket.pk,
            payload={"problem_id": problem.pk, "reference": problem.reference},
        ),
    )


def _record(one: DemoProblem, world: World, at: datetime) -> None:
    problem = world.problems[one.key]
    if problem.state not in PROBLEM.steps["record_known_error"].sources:
        return
    articles = {a.cause: world.articles.get(a.title) for a in demo_articles() if a.cause}
    codes = next(cause.codes for cause in causes() if cause.key == one.cause)
    problem = record_known_error(
        problem,
        actor=world.person("priya.nair"),
        symptom=one.description,
        root_cause=one.root_cause,
        workaround=one.workaround,
        error_code=codes[0] if codes else "",
        article=articles.get(one.cause),
        at=at,
    )
    world.problems[one.key] = problem


def _end(one: DemoProblem, world: World, at: datetime) -> None:
    if one.outcome in ("", "fixed"):
        take(world, one.key, "resolve", resolve_problem, at)
    if one.state == "closed":
        take(
            world,
            one.key,
            "close",
            close_problem,
            at + timedelta(minutes=5),
            outcome=one.outcome,
            note="Reviewed with the support owner.",
        )


def date_links_back() -> None:
    """A ticket was linked when it came or when the problem was opened, whichever was later."""
    came = Ticket.objects.filter(pk=OuterRef("ticket_id")).values("created_at")
    ProblemTicket.objects.update(created_at=Greatest("created_at", Subquery(came)))
