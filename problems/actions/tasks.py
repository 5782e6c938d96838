"""What is to be done for a problem: the lists tickets have, with a kind of task."""

from datetime import datetime

from django.db import transaction

from accounts.models import Person
from core.given import one_of
from incidents.actions import TaskFacts, TaskList
from problems import events, permissions
from problems.models import Problem, ProblemTask

PROBLEM_TASKS: TaskList[Problem, ProblemTask] = TaskList(
    model=ProblemTask,
    field="problem",
    hold=lambda problem: (
        Problem.objects.select_for_update(of=("self",)).select_related("team").get(pk=problem.pk)
    ),
    require=lambda person, problem: permissions.require(person, "task", problem),
    require_finish=lambda person, problem: permissions.require(person, "task", problem),
    facts=TaskFacts(
        added=events.PROBLEM_TASK_ADDED,
        changed=events.PROBLEM_TASK_CHANGED,
        done=events.PROBLEM_TASK_DONE,
        undone=events.PROBLEM_TASK_UNDONE,
        removed=events.PROBLEM_TASK_REMOVED,
    ),
)


@transaction.atomic
def add_problem_task(
    problem: Problem,
    *,
    actor: Person | None,
    title: str,
    kind: str = ProblemTask.Kind.GENERAL,
    assignee: Person | None = None,
    due_at: datetime | None = None,
) -> ProblemTask:
    """Adds something to be done, at the end of the list."""
    one_of(kind, ProblemTask.Kind.choices, "kind")
    return PROBLEM_TASKS.add(
        problem, actor=actor, title=title, assignee=assignee, due_at=due_at, kind=kind
    )


@transaction.atomic
def change_problem_task(
    task: ProblemTask,
    *,
    actor: Person | None,
    title: str,
    kind: str,
    assignee: Person | None,
    due_at: datetime | None,
) -> ProblemTask:
    """Says anew what is to be done, by whom and until when."""
    one_of(kind, ProblemTask.Kind.choices, "kind")
    return PROBLEM_TASKS.change(
        task, actor=actor, title=title, assignee=assignee, due_at=due_at, kind=kind
    )


@transaction.atomic
def do_problem_task(
    task: ProblemTask, *, actor: Person | None, at: datetime | None = None
) -> ProblemTask:
    """The task is done; saying it again keeps who did it first."""
    return PROBLEM_TASKS.do(task, actor=actor, at=at)


@transaction.atomic
def undo_problem_task(task: ProblemTask, *, actor: Person | None) -> ProblemTask:
    """The task is not done after all."""
    return PROBLEM_TASKS.undo(task, actor=actor)


@transaction.atomic
def move_problem_task(task: ProblemTask, *, actor: Person | None, up: bool) -> ProblemTask:
    """Changes places with the task before (or after) it; at an end nothing happens."""
    return PROBLEM_TASKS.move(task, actor=actor, up=up)


@transaction.atomic
def remove_problem_task(task: ProblemTask, *, actor: Person | None) -> None:
    """Takes the task from the list; the timeline keeps that it was there."""
    PROBLEM_TASKS.remove(task, actor=actor)
