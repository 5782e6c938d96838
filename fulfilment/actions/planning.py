"""The plan of a request: laid out when it is approved, worked task by task."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.given import words
from core.timeline import record
from fulfilment.actions.rows import locked_task
from fulfilment.events import (
    PLAN_BEGUN,
    TASK_DONE,
    TASK_READY,
    TASK_REOPENED,
    TASK_SKIPPED,
    TASK_TAKEN,
)
from fulfilment.models import ItemRequest, PlanRule, PlanTask
from fulfilment.permissions import require_work
from fulfilment.workflow import PLAN_TASK, UNDONE
from incidents.actions import set_required_tasks, start_ticket

STILL_OPEN = ("approved", "fulfilling")


def begin_plan(request: ItemRequest, *, at: datetime) -> list[PlanTask]:
    """Lays out the item's tasks for an approved request; those that wait for none are ready."""
    rules: list[PlanRule] = list(request.item.plan_rules.all())
    tasks: dict[int, PlanTask] = {}
    for rule in rules:
        tasks[rule.pk] = PlanTask.objects.create(
            request=request,
            position=rule.position,
            title=rule.title,
            instructions=rule.instructions,
            team=rule.team,
            after=tasks.get(rule.after_id or 0),
            required=rule.required,
            due_hours=rule.due_hours,
        )
    if not tasks:
        return []
    record(PLAN_BEGUN, request.ticket, actor=None, at=at, count=len(tasks))
    for task in tasks.values():
        if task.after is None:
            _make_ready(task, request, at)
    _count(request)
    return list(tasks.values())


def _make_ready(task: PlanTask, request: ItemRequest, at: datetime) -> None:
    task.state = PLAN_TASK.target("begin", task.state)
    task.ready_at = at
    task.due_at = None if task.due_hours is None else at + timedelta(hours=task.due_hours)
    task.save(update_fields=["state", "ready_at", "due_at"])
    record(TASK_READY, request.ticket, actor=None, at=at, title=task.title, task_id=task.pk)


def _count(request: ItemRequest) -> None:
    """Tells the ticket how many required tasks are left."""
    left = request.tasks.filter(required=True, state__in=PLAN_TASK.in_category(UNDONE)).count()
    request.ticket = set_required_tasks(request.ticket, count=left)


def _move(task: PlanTask, step: str, actor: Person | None, at: datetime) -> None:
    """One step of a locked task by somebody who may, while the request is in work."""
    require_work(actor, task)
    task.state = PLAN_TASK.target(step, task.state)
    if task.request.ticket.state not in STILL_OPEN:
        raise DomainError("The request is not in work; its plan stands as it is.")
    over = step in {"complete", "skip"}
    task.done_at = at if over else None
    task.done_by = actor if over else None
    task.save(update_fields=["state", "done_at", "done_by"])


def _follow(task: PlanTask, at: datetime) -> None:
    """What becomes ready after a task is over, and what is left; the request is in work now."""
    for following in task.next.filter(state="waiting"):
        _make_ready(following, task.request, at)
    _count(task.request)
    if task.request.ticket.state == "approved":
        task.request.ticket = start_ticket(task.request.ticket, actor=None, at=at)


@transaction.atomic
def complete_task(task: PlanTask, *, actor: Person | None, at: datetime | None = None) -> PlanTask:
    """It is done; the tasks that waited for it are ready."""
    task = locked_task(task)
    at = at or timezone.now()
    _move(task, "complete", actor, at)
    record(TASK_DONE, task.request.ticket, actor=actor, at=at, title=task.title, task_id=task.pk)
    _follow(task, at)
    return task


@transaction.atomic
def skip_task(
    task: PlanTask, *, actor: Person | None, reason: str, at: datetime | None = None
) -> PlanTask:
    """It is not needed this time; the reason is kept."""
    task = locked_task(task)
    reason = words(reason, "reason", most=250, needed="Say why it is not needed.")
    at = at or timezone.now()
    _move(task, "skip", actor, at)
    task.reason = reason
    task.save(update_fields=["reason"])
    record(
        TASK_SKIPPED,
        task.request.ticket,
        actor=actor,
        at=at,
        title=task.title,
        reason=reason,
        task_id=task.pk,
    )
    _follow(task, at)
    return task


@transaction.atomic
def reopen_task(task: PlanTask, *, actor: Person | None, at: datetime | None = None) -> PlanTask:
    """It was not done after all."""
    task = locked_task(task)
    at = at or timezone.now()
    _move(task, "reopen", actor, at)
    task.reason = ""
    task.save(update_fields=["reason"])
    record(
        TASK_REOPENED, task.request.ticket, actor=actor, at=at, title=task.title, task_id=task.pk
    )
    _count(task.request)
    return task


@transaction.atomic
def take_task(task: PlanTask, *, actor: Person, at: datetime | None = None) -> PlanTask:
    """Whoever takes it does it; taking it again changes nothing."""
    task = locked_task(task)
    require_work(actor, task)
    if task.assignee_id != actor.pk:
        task.assignee = actor
        task.save(update_fields=["assignee"])
        record(
            TASK_TAKEN, task.request.ticket, actor=actor, at=at, title=task.title, task_id=task.pk
        )
    return task


def drop_tasks(request: ItemRequest) -> int:
    """Nobody needs to do what is left of the plan; returns how many tasks that were."""
    left = request.tasks.filter(state__in=PLAN_TASK.in_category(UNDONE))
    dropped = left.update(state="dropped")
    set_required_tasks(request.ticket, count=0)
    return dropped
