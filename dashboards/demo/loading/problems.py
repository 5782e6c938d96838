"""Problems of the demo, from the cluster they came from to the state they are in."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Greatest

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
    link_ticket_to_problem,
    open_problem,
    open_problem_from_cluster,
    record_known_error,
    resolve_problem,
    start_problem_fix,
)
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
    _tell_links(one, world, chronicle)
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
    **more: str | Problem | None,
) -> None:
    """Takes a step forward where the problem's state allows it; what happened to its work items and
    fixes may have moved it.
    """
    problem = world.problems[key]
    problem.refresh_from_db()
    states, way = list(PROBLEM.states), PROBLEM.steps[step]
    forward = states.index(way.target) > states.index(problem.state)
    if forward and problem.state in way.sources:
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
        problem = open_problem(
            actor=keeper,
            title=one.title,
            description=one.description,
            priority=one.impact + 1,
            impact=one.impact,
            component=component,
            owner=owner,
            at=at,
        )
    world.problems[one.key] = edit_problem(
        problem, actor=keeper, root_cause=one.root_cause, workaround=one.workaround
    )


def _tell_links(one: DemoProblem, world: World, chronicle: Chronicle) -> None:
    """Agents link by hand most of what the cluster missed, some hours after it came."""
    cluster = world.clusters.get(one.cause)
    known = set(cluster.members.values_list("ticket_id", flat=True)) if cluster else set()
    for ticket in world.plan.tickets:
        row = world.tickets[ticket.key]
        dice = random.Random(f"link:{ticket.key}")
        if ticket.cause != one.cause or row.pk in known or dice.random() > _LINKED_BY_HAND:
            continue
        moment = max(one.opened_at + timedelta(hours=2), row.created_at + timedelta(hours=5))
        chronicle.add(moment, partial(_link, one, world, row))


def _link(one: DemoProblem, world: World, ticket: Ticket, at: datetime) -> None:
    problem = world.problems[one.key]
    problem.refresh_from_db()
    if problem.state != "closed":
        person = ticket.assignee or world.person("priya.nair")
        link_ticket_to_problem(problem, actor=person, ticket=ticket, at=at)


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
            duplicate_of=world.problems[one.duplicate_of] if one.duplicate_of else None,
            note="Reviewed with the support owner.",
        )


def date_links_back() -> None:
    """A ticket was linked when it came or when the problem was opened, whichever was later."""
    came = Ticket.objects.filter(pk=OuterRef("ticket_id")).values("created_at")
    ProblemTicket.objects.update(created_at=Greatest("created_at", Subquery(came)))
