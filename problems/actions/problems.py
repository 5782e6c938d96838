"""A problem's life: opened, assessed, analysed, fixed, resolved, closed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import Person, Team
from catalogue.models import Component
from core.errors import DomainError
from core.events import EventKind
from core.given import one_of
from core.timeline import record
from incidents.models import Ticket
from incidents.models.ticket import Level, Priority
from problems import events, permissions
from problems.actions.clusters import mark_confirmed
from problems.actions.known_errors import write_through
from problems.actions.rows import locked, words
from problems.actions.versions import count_edit, field_label, refuse_conflicts
from problems.models import Cluster, Problem, ProblemTicket
from problems.workflow import CLUSTER, OUTCOMES, PROBLEM

# What those who do the root cause analysis may write: development, problem roles, the owner.
ANALYSIS = {"root_cause", "falsifier"}


class ProblemFields(TypedDict, total=False):
    """What a person may change on a problem at any time."""

    title: str
    description: str
    kind: str
    priority: int
    impact: int
    component: Component | None
    team: Team | None
    owner: Person | None
    root_cause: str
    workaround: str
    falsifier: str


@transaction.atomic
def open_problem(
    *,
    actor: Person | None,
    title: str,
    description: str = "",
    kind: str = Problem.Kind.REACTIVE,
    priority: int = Priority.P3,
    impact: int = Level.MEDIUM,
    component: Component | None = None,
    team: Team | None = None,
    owner: Person | None = None,
    root_cause: str = "",
    workaround: str = "",
    falsifier: str = "",
    tickets: Iterable[Ticket] = (),
    at: datetime | None = None,
) -> Problem:
    """A new problem, with the tickets it is known to have caused."""
    permissions.require(actor, "open_problem")
    problem = _new_problem(
        Problem(
            title=title,
            description=description,
            kind=kind,
            priority=priority,
            impact=impact,
            component=component,
            team=team or (component.development_team if component else None),
            owner=owner,
            root_cause=root_cause,
            workaround=workaround,
            falsifier=falsifier,
        ),
        actor=actor,
        at=at,
    )
    links = _link_all(problem, [ticket.pk for ticket in tickets], actor=actor, at=at)
    record(events.PROBLEM_OPENED, problem, actor=actor, at=at, tickets=links, cluster_id=None)
    return problem


def _new_problem(problem: Problem, *, actor: Person | None, at: datetime | None) -> Problem:
    problem.title = words(problem.title, longest=200)
    if not problem.title:
        raise DomainError("A problem needs a title.", field="title")
    problem.created_by = actor
    problem.created_at = problem.updated_at = at or timezone.now()
    problem.save()
    return problem


def _link_all(
    problem: Problem, ticket_ids: Iterable[int], *, actor: Person | None, at: datetime | None
) -> int:
    links = [
        ProblemTicket(problem=problem, ticket_id=pk, person=actor, created_at=at or timezone.now())
        for pk in ticket_ids
    ]
    return len(ProblemTicket.objects.bulk_create(links, ignore_conflicts=True, batch_size=1000))


@transaction.atomic
def open_problem_from_cluster(
    cluster: Cluster,
    *,
    actor: Person | None,
    title: str | None = None,
    description: str = "",
    priority: int = Priority.P3,
    impact: int = Level.MEDIUM,
    owner: Person | None = None,
    at: datetime | None = None,
) -> Problem:
    """A problem caused by what a person takes for one cause; it gets all the cluster's tickets.

    Opening it confirms the cluster: later runs keep its members together.
    """
    cluster = locked(cluster)
    permissions.require(actor, "open_problem", cluster)
    cluster.state = CLUSTER.target("open_problem", cluster.state)
    now = at or timezone.now()
    if cluster.confirmed_at is None:
        mark_confirmed(cluster, actor=actor, at=now)
    cluster.updated_at = now
    cluster.save(update_fields=["state", "confirmed_at", "confirmed_by", "updated_at"])
    component = cluster.component
    problem = _new_problem(
        Problem(
            title=cluster.title if title is None else title,
            description=description,
            priority=priority,
            impact=impact,
            component=component,
            team=component.development_team if component else None,
            owner=owner or actor,
            cluster=cluster,
            confirmed_at=cluster.confirmed_at,
        ),
        actor=actor,
        at=at,
    )
    members = cluster.members.order_by("ticket_id").values_list("ticket_id", flat=True)
    links = _link_all(problem, members, actor=actor, at=at)
    record(
        events.PROBLEM_OPENED,
        problem,
        actor=actor,
        at=at,
        tickets=links,
        cluster_id=cluster.pk,
    )
    record(
        events.CLUSTER_PROBLEM_OPENED,
        cluster,
        actor=actor,
        at=at,
        problem_id=problem.pk,
        reference=problem.reference,
    )
    return problem


@transaction.atomic
def edit_problem(
    problem: Problem,
    *,
    actor: Person | None,
    version: int | None = None,
    **fields: Unpack[ProblemFields],
) -> Problem:
    """Changes words and places of a problem; nothing is written when nothing differs.

    A known error says the same root cause and workaround from then on. With the `version` that was
    read, EditConflict carries both values of a field that somebody else changed since.
    """
    problem = locked(problem)
    permissions.require(actor, "analyse" if fields.keys() <= ANALYSIS else "edit", problem)
    if "title" in fields:
        fields["title"] = words(fields["title"], longest=200)
        if not fields["title"]:
            raise DomainError("A problem needs a title.", field="title")
    if "kind" in fields:
        one_of(fields["kind"], Problem.Kind.choices, "kind")
    unknown = fields.keys() - ProblemFields.__annotations__.keys()
    if unknown:
        raise TypeError(f"a problem has no {sorted(unknown)} to edit")
    given: dict[str, Any] = {**fields}
    changed = [name for name, value in given.items() if getattr(problem, name) != value]
    refuse_conflicts(problem, version, problem, {name: given[name] for name in changed})
    if not changed:
        return problem
    for name, value in fields.items():
        setattr(problem, name, value)
    problem.updated_at = timezone.now()
    count_edit(problem, changed, actor=actor, at=problem.updated_at)
    problem.save(update_fields=[*changed, "updated_at", "version"])
    write_through(problem, changed)
    said = ", ".join(field_label(name) for name in changed)
    record(events.PROBLEM_EDITED, problem, actor=actor, fields=said)
    return problem


def _step(
    problem: Problem, step: str, *, actor: Person | None, at: datetime | None
) -> tuple[Problem, datetime]:
    """The locked problem in its new state (not saved), and when."""
    problem = locked(problem)
    permissions.require(actor, step, problem)
    problem.state = PROBLEM.target(step, problem.state)
    now = at or timezone.now()
    problem.updated_at = now
    return problem, now


def _plain_step(
    problem: Problem, step: str, kind: EventKind, *, actor: Person | None, at: datetime | None
) -> Problem:
    problem, now = _step(problem, step, actor=actor, at=at)
    if problem.owner_id is None and actor is not None and actor.is_support:
        problem.owner = actor
        count_edit(problem, ["owner"], actor=actor, at=now)
    problem.save(update_fields=["state", "owner", "updated_at", "version"])
    record(kind, problem, actor=actor, at=now)
    return problem


@transaction.atomic
def assess_problem(
    problem: Problem, *, actor: Person | None, at: datetime | None = None
) -> Problem:
    """Somebody looks at it; without an owner it becomes theirs."""
    return _plain_step(problem, "assess", events.PROBLEM_ASSESSED, actor=actor, at=at)


@transaction.atomic
def analyse_problem(
    problem: Problem, *, actor: Person | None, root_cause: str = "", at: datetime | None = None
) -> Problem:
    """The search for the root cause begins, with what is suspected so far."""
    problem, now = _step(problem, "analyse", actor=actor, at=at)
    before = problem.root_cause
    problem.root_cause = root_cause.strip() or before
    if problem.confirmed_at is None:
        problem.confirmed_at = now
    if problem.root_cause != before:
        count_edit(problem, ["root_cause"], actor=actor, at=now)
    problem.save(update_fields=["state", "root_cause", "confirmed_at", "updated_at", "version"])
    if problem.root_cause != before:
        write_through(problem, ["root_cause"])
    record(events.PROBLEM_ANALYSED, problem, actor=actor, at=now)
    return problem


@transaction.atomic
def start_problem_fix(
    problem: Problem, *, actor: Person | None, at: datetime | None = None
) -> Problem:
    """Development works on the fix."""
    problem, now = _step(problem, "start_fix", actor=actor, at=at)
    if problem.confirmed_at is None:
        problem.confirmed_at = now
    problem.save(update_fields=["state", "confirmed_at", "updated_at"])
    record(events.PROBLEM_FIX_STARTED, problem, actor=actor, at=now)
    return problem


@transaction.atomic
def resolve_problem(
    problem: Problem, *, actor: Person | None, note: str = "", at: datetime | None = None
) -> Problem:
    """The cause is removed."""
    problem, now = _step(problem, "resolve", actor=actor, at=at)
    problem.resolved_at = now
    problem.save(update_fields=["state", "resolved_at", "updated_at"])
    record(events.PROBLEM_RESOLVED, problem, actor=actor, at=now, note=note.strip())
    return problem


@transaction.atomic
def close_problem(
    problem: Problem,
    *,
    actor: Person | None,
    outcome: str,
    duplicate_of: Problem | None = None,
    note: str = "",
    at: datetime | None = None,
) -> Problem:
    """Ends the problem with an outcome; without a fix its cluster is merely confirmed again.

    A duplicate names the problem it is the same as, which is no duplicate itself.
    """
    if outcome not in dict(OUTCOMES):
        raise DomainError("Say with which outcome it is closed.", field="outcome")
    label = _outcome_in_words(problem, outcome, duplicate_of)
    problem, now = _step(problem, "close", actor=actor, at=at)
    if outcome == "fixed" and problem.resolved_at is None:
        raise DomainError("Resolve the problem before closing it as fixed.", field="outcome")
    problem.outcome = outcome
    problem.duplicate_of = duplicate_of
    problem.closed_at = now
    problem.save(update_fields=["state", "outcome", "duplicate_of", "closed_at", "updated_at"])
    record(
        events.PROBLEM_CLOSED,
        problem,
        actor=actor,
        at=now,
        outcome=outcome,
        label=label,
        note=note.strip(),
    )
    if outcome != "fixed" and problem.cluster is not None:
        _let_go(problem.cluster, problem, actor=actor, at=now)
    return problem


def _outcome_in_words(problem: Problem, outcome: str, duplicate_of: Problem | None) -> str:
    """“Duplicate of PRB-7”; a DomainError for a duplicate of nothing, of itself or of another."""
    label = dict(OUTCOMES)[outcome]
    if outcome != "duplicate":
        if duplicate_of is not None:
            raise DomainError("Only a duplicate names another problem.", field="duplicate_of")
        return label
    if duplicate_of is None:
        raise DomainError("Say which problem it is the same as.", field="duplicate_of")
    if duplicate_of.pk == problem.pk:
        raise DomainError("A problem is no duplicate of itself.", field="duplicate_of")
    if duplicate_of.duplicate_of is not None:
        raise DomainError(
            f"{duplicate_of.reference} is a duplicate itself: name "
            f"{duplicate_of.duplicate_of.reference}.",
            field="duplicate_of",
        )
    return f"{label} of {duplicate_of.reference}"


def _let_go(cluster: Cluster, problem: Problem, *, actor: Person | None, at: datetime) -> None:
    """Frees a cluster whose last open problem ended without a fix for another problem."""
    cluster = locked(cluster)
    if cluster.state not in CLUSTER.steps["let_go"].sources or cluster.problems.open().exists():
        return
    cluster.state = CLUSTER.target("let_go", cluster.state)
    cluster.updated_at = at
    cluster.save(update_fields=["state", "updated_at"])
    record(
        events.CLUSTER_LET_GO,
        cluster,
        actor=actor,
        at=at,
        problem_id=problem.pk,
        reference=problem.reference,
    )


@transaction.atomic
def reopen_problem(
    problem: Problem, *, actor: Person | None, note: str = "", at: datetime | None = None
) -> Problem:
    """It is not over: back to assessment."""
    problem, now = _step(problem, "reopen", actor=actor, at=at)
    problem.outcome = ""
    problem.duplicate_of = problem.resolved_at = problem.closed_at = None
    problem.save(
        update_fields=[
            "state", "outcome", "duplicate_of", "resolved_at", "closed_at", "updated_at",
        ]
    )  # fmt: skip
    record(events.PROBLEM_REOPENED, problem, actor=actor, at=now, note=note.strip())
    return problem
