"""Sprints, work items and asks of the demo, each step through its action."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from accounts.models import Person
from dashboards.demo.catalogue import COMPONENT_BY_KEY
from dashboards.demo.improvement import DemoAsk, DemoSprint, DemoWorkItem
from dashboards.demo.loading.chronicle import Chronicle, World
from dashboards.demo.loading.problems import take
from dashboards.demo.people import SPRINT_TEAM, members_of
from devlink.actions.asks import accept_ask, ask_for_fix, decline_ask, defer_ask
from devlink.actions.handover import because_of, tickets_of_problem
from devlink.actions.questions import answer_question, ask_about_item, ask_question
from devlink.actions.sprints import close_sprint, create_sprint, start_sprint
from devlink.actions.work import (
    comment_on_work_item,
    commit_work_item,
    create_work_item,
    finish_work_item,
    plan_work_item,
    start_work_item,
)
from incidents.models import TicketShare
from problems.actions import link_cluster_fix, start_problem_fix
from problems.workflow import CLUSTER

_SUPPORT_SAYS = (
    "Customers ask for this about every week; please keep the old way for a while.",
    "The desk would need a sentence for the article. Which customers see it first?",
    "Please think of people with two organisations, they call us most.",
    "We can name three customers who would try it in staging.",
)
_REASONS = (
    "Three organisations asked this week and the workaround costs us ten minutes each time.",
    "The number of tickets grows, and customers start to escalate.",
    "It hits the same people again and again; they have stopped believing our answers.",
    "We can live with the workaround for some weeks, not for a quarter.",
)

_DEVELOPERS_ASK = (
    (
        "Do customers expect the old export to stay for a while?",
        "Yes: about one in five has a script on it. Two releases would be enough.",
    ),
    ("Which of the customers would try this in staging?", ""),
    ("How do people work around it today, and how long does that take them?", ""),
)


def tell_sprints(world: World, chronicle: Chronicle) -> None:
    """Adds planning, start and end of every sprint."""
    team = world.directory.teams[SPRINT_TEAM]
    lead = world.person("sara.lund")

    def create(one: DemoSprint, at: datetime) -> None:
        world.sprints[one.number] = create_sprint(
            actor=lead,
            name=one.name,
            team=team,
            starts_on=one.starts_on,
            ends_on=one.ends_on,
            planning_at=one.planning_at,
            at=at,
        )

    def start(one: DemoSprint, at: datetime) -> None:
        world.sprints[one.number] = start_sprint(
            world.sprints[one.number], actor=lead, expire_unanswered=True, at=at
        )

    def close(one: DemoSprint, at: datetime) -> None:
        world.sprints[one.number] = close_sprint(world.sprints[one.number], actor=lead, at=at)

    for one in world.plan.improvement.sprints:
        chronicle.add(one.planning_at - timedelta(days=14), partial(create, one))
        chronicle.add(one.started_at, partial(start, one))
        chronicle.add(one.closed_at, partial(close, one))


# Who else spoke up about a fix: item | person | hours after it was made | what they said
_VOICES = (
    ("IDN-163", "nia.okafor", 26, "Three callers this morning waited over ten minutes for a code."),
    ("NOT-61", "nia.okafor", 31, "It happens when they paste from a text program; I tried it."),
    ("IDN-163", "sara.lund", 30, "A queue of their own would help our payment codes as well."),
    ("PAY-318", "sara.lund", 28, "The key has to survive a retry of the whole request as well."),
)


def tell_voices(world: World, chronicle: Chronicle) -> None:
    """Adds what others than the owners said about some fixes."""
    made = {one.key: one for one in world.plan.improvement.work_items}
    opened = {problem.key: problem.opened_at for problem in world.plan.improvement.problems}

    def say(key: str, person: str, words: str, at: datetime) -> None:
        comment_on_work_item(world.items[key], actor=world.person(person), body=words, at=at)

    for key, person, hours, words in _VOICES:
        begun = max(made[key].created_at, opened[made[key].problem] + timedelta(hours=30))
        chronicle.add(begun + timedelta(hours=hours), partial(say, key, person, words))


def tell_work_items(world: World, chronicle: Chronicle) -> None:
    """Adds the life of every work item."""
    opened = {problem.key: problem.opened_at for problem in world.plan.improvement.problems}
    asked = {ask.item for ask in world.plan.improvement.asks if ask.state == "accepted"}
    sprints = {sprint.number: sprint for sprint in world.plan.improvement.sprints}
    asks = {ask.item: ask.asked_at for ask in world.plan.improvement.asks}
    for position, one in enumerate(world.plan.improvement.work_items):
        created = min(one.created_at, asks.get(one.key, one.created_at) - timedelta(hours=26))
        if one.problem:
            created = max(created, opened[one.problem] + timedelta(hours=30))
        _tell_item(one, world, chronicle, created, position)
        if one.sprint is None:
            continue
        if sprints[one.sprint].state == "planning":
            if one.key not in asks:
                _tell_proposal(one, world, chronicle)
            continue
        sprint = sprints[one.sprint]
        if one.key not in asked and sprint.started_at is not None:
            _tell_planning(one, world, chronicle, max(sprint.planning_at, created))
        _tell_doing(one, world, chronicle, sprint, position)


def _developer(one: DemoWorkItem, world: World) -> Person:
    return world.person(COMPONENT_BY_KEY[one.component].development_owner)


def _tell_item(
    one: DemoWorkItem, world: World, chronicle: Chronicle, created: datetime, position: int
) -> None:
    component = world.directory.components[one.component]

    def create(at: datetime) -> None:
        world.items[one.key] = create_work_item(
            actor=world.person("priya.nair") if one.problem else _developer(one, world),
            title=one.title,
            kind=one.kind,
            component=component,
            team=world.directory.teams[SPRINT_TEAM],
            problem=world.problems.get(one.problem),
            state="discovery",
            key=one.key,
            at=at,
        )

    def comment(at: datetime) -> None:
        comment_on_work_item(
            world.items[one.key],
            actor=world.person(COMPONENT_BY_KEY[one.component].support_owner),
            body=_SUPPORT_SAYS[position % len(_SUPPORT_SAYS)],
            at=at,
        )

    chronicle.add(created, create)
    if one.discussed:
        chronicle.add(created + timedelta(hours=20), comment)


def _tell_proposal(one: DemoWorkItem, world: World, chronicle: Chronicle) -> None:
    """The product manager puts an item of her own before the next sprint's planning."""

    def propose(at: datetime) -> None:
        world.items[one.key] = plan_work_item(
            world.items[one.key],
            actor=world.person("marta.silva"),
            sprint=world.sprints[one.sprint or 0],
            at=at,
        )

    chronicle.add(world.plan.now - timedelta(hours=7), propose)


def _tell_planning(
    one: DemoWorkItem, world: World, chronicle: Chronicle, planned: datetime
) -> None:
    lead = world.person("marta.silva")

    def plan(at: datetime) -> None:
        item, sprint = world.items[one.key], world.sprints[one.sprint or 0]
        item = plan_work_item(item, actor=lead, sprint=sprint, at=at)
        world.items[one.key] = commit_work_item(item, actor=lead, at=at)

    chronicle.add(planned + timedelta(minutes=40), plan)


def _tell_doing(
    one: DemoWorkItem, world: World, chronicle: Chronicle, sprint: DemoSprint, position: int
) -> None:
    developer = _developer(one, world)

    def start(at: datetime) -> None:
        item = world.items[one.key]
        item.refresh_from_db()
        world.items[one.key] = start_work_item(item, actor=developer, at=at)

    def finish(at: datetime) -> None:
        world.items[one.key] = finish_work_item(world.items[one.key], actor=developer, at=at)

    begun = (sprint.started_at or sprint.planning_at) + timedelta(hours=8 + 9 * (position % 4))
    chronicle.add(begun, start)
    if one.state == "done":
        finished = one.finished_at or world.plan.now - timedelta(hours=30 + position)
        if sprint.closed_at is not None:
            finished = min(finished, sprint.closed_at - timedelta(hours=3))
        chronicle.add(max(finished, begun + timedelta(hours=2)), finish)


def tell_questions(world: World, chronicle: Chronicle) -> None:
    """Adds what developers ask about work items nobody asked a fix for: one answered, two open."""
    wishes = [one for one in world.plan.improvement.work_items if one.state == "discovery"]
    mine = [one for one in wishes if one.discussed or not one.problem][: len(_DEVELOPERS_ASK)]
    for position, (one, (body, answer)) in enumerate(zip(mine, _DEVELOPERS_ASK, strict=False)):
        chronicle.add(
            world.plan.now - timedelta(days=6 - 2 * position), partial(_question, one, world, body)
        )
        if answer:
            asked = partial(_reply, one, world, answer)
            chronicle.add(world.plan.now - timedelta(days=5 - 2 * position), asked)


def _question(one: DemoWorkItem, world: World, body: str, at: datetime) -> None:
    ask_about_item(world.items[one.key], actor=_developer(one, world), body=body, at=at)


def _reply(one: DemoWorkItem, world: World, answer: str, at: datetime) -> None:
    owner = world.person(COMPONENT_BY_KEY[one.component].support_owner)
    for question in world.items[one.key].questions.unanswered():
        answer_question(question, actor=owner, answer=answer, at=at)


def tell_asks(world: World, chronicle: Chronicle) -> None:
    """Adds what support asked for, and development's answers."""
    problems = {item.key: item.problem for item in world.plan.improvement.work_items}
    opened = {problem.key: problem.opened_at for problem in world.plan.improvement.problems}
    for position, one in enumerate(world.plan.improvement.asks):
        asker = world.person(members_of(one.team, "team_lead")[0].key)
        why = _REASONS[position % len(_REASONS)]
        act = partial(_ask, one, world, problems[one.item], asker, why)
        # Nothing is asked for before its problem is known and has an item.
        asked = max(one.asked_at, opened[problems[one.item]] + timedelta(hours=32))
        chronicle.add(asked, act)
        if one.answered_at is not None:
            answered = max(one.answered_at, asked + timedelta(hours=2))
            chronicle.add(answered, partial(_answer, one, world, problems[one.item]))


def _ask(
    one: DemoAsk, world: World, problem: str, asker: Person, rationale: str, at: datetime
) -> None:
    item = world.items[one.item]
    item.refresh_from_db()
    world.asks[one.item, one.sprint] = ask_for_fix(
        world.problems[problem],
        actor=asker,
        sprint=world.sprints[one.sprint],
        points=one.points,
        rationale=rationale,
        work_item=item,
        team=world.directory.teams[one.team],
        at=at,
    )
    _share(world, one.item, problem)


def _answer(one: DemoAsk, world: World, problem: str, at: datetime) -> None:
    ask, lead = world.asks[one.item, one.sprint], _developer_of(one, world)
    if one.state == "accepted":
        accept_ask(ask, actor=lead, comment=one.comment, at=at)
        _take_up(world, one.item, problem, at + timedelta(minutes=30))
    elif one.state == "deferred":
        until = (world.plan.now + timedelta(days=33)).date()
        defer_ask(ask, actor=lead, until=until, comment=one.comment, at=at)
    elif one.state == "declined":
        decline_ask(ask, actor=lead, reason_code=one.reason, comment=one.comment, at=at)
    elif one.state == "needs_info":
        ask_question(ask, actor=lead, body=one.comment, at=at)


def _developer_of(one: DemoAsk, world: World) -> Person:
    item = next(i for i in world.plan.improvement.work_items if i.key == one.item)
    return _developer(item, world)


def _take_up(world: World, item: str, problem: str, at: datetime) -> None:
    """What follows from a yes: the problem's fix begins and the cluster knows of it."""
    take(world, problem, "start_fix", start_problem_fix, at)
    cluster = world.problems[problem].cluster
    if cluster is not None:
        cluster.refresh_from_db()
        if cluster.state in CLUSTER.steps["link_fix"].sources:
            link_cluster_fix(cluster, actor=world.person("priya.nair"), at=at)
    _share(world, item, problem)


def _share(world: World, item: str, problem: str) -> None:
    """Developers see the tickets behind what they work on, since each of them came."""
    row = world.items[item]
    tickets = tickets_of_problem(world.problems[problem])
    TicketShare.objects.bulk_create(
        [
            TicketShare(
                ticket=ticket, team=row.team, because=because_of(row), created_at=ticket.created_at
            )
            for ticket in tickets
        ],
        ignore_conflicts=True,
    )
