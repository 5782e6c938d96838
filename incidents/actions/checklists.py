"""Tasks on a ticket, and the checklists they come from."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Person, Team
from catalogue.models import Service
from core.errors import DomainError, TransitionNotAllowed
from core.timeline import record, type_json
from incidents.actions._keeping import words
from incidents.actions.assigning import check_assignee
from incidents.events import (
    CHECKLIST_APPLIED,
    CHECKLIST_DELETED,
    CHECKLIST_SAVED,
    TASK_ADDED,
    TASK_CHANGED,
    TASK_DONE,
    TASK_REMOVED,
    TASK_UNDONE,
)
from incidents.models import Checklist, ChecklistItem, Ticket, TicketTask
from incidents.permissions import require, require_arranger

MOST_TITLE = 200
MOST_TASKS = 100
MOST_NAME = 120


def _held(ticket: Ticket) -> Ticket:
    """The ticket locked, so that two people add tasks one after the other."""
    return Ticket.objects.select_for_update(of=("self",)).select_related("team").get(pk=ticket.pk)


def _locked_task(task: TicketTask) -> TicketTask:
    found = (
        TicketTask.objects.select_for_update(of=("self",))
        .select_related("ticket__team", "assignee")
        .filter(pk=task.pk)
        .first()
    )
    if found is None:
        raise TransitionNotAllowed("This task has been removed meanwhile.")
    return found


def _title(text: str) -> str:
    return words(text, "title", most=MOST_TITLE, needed="Say what is to be done.")


def _next_position(ticket: Ticket, more: int = 1) -> int:
    if ticket.tasks.count() + more > MOST_TASKS:
        raise DomainError(f"At most {MOST_TASKS} tasks on one ticket.", field="title")
    last = ticket.tasks.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


@transaction.atomic
def add_task(
    ticket: Ticket,
    *,
    actor: Person | None,
    title: str,
    assignee: Person | None = None,
    due_at: datetime | None = None,
) -> TicketTask:
    """Adds something to be done, at the end of the list."""
    ticket = _held(ticket)
    require(actor, "task", ticket)
    check_assignee(assignee, ticket.team)
    task = TicketTask.objects.create(
        ticket=ticket,
        title=_title(title),
        assignee=assignee,
        due_at=due_at,
        position=_next_position(ticket),
        created_by=actor,
    )
    record(TASK_ADDED, ticket, actor=actor, title=task.title, task_id=task.pk)
    return task


@transaction.atomic
def change_task(
    task: TicketTask,
    *,
    actor: Person | None,
    title: str,
    assignee: Person | None,
    due_at: datetime | None,
) -> TicketTask:
    """Says anew what is to be done, by whom and until when."""
    task = _locked_task(task)
    require(actor, "task", task.ticket)
    check_assignee(assignee, task.ticket.team)
    wanted = {"title": _title(title), "assignee": assignee, "due_at": due_at}
    changes: dict[str, type_json] = {
        name: [str(getattr(task, name) or ""), str(value or "")]
        for name, value in wanted.items()
        if getattr(task, name) != value
    }
    if not changes:
        return task
    for name in changes:
        setattr(task, name, wanted[name])
    task.save(update_fields=list(changes))
    record(
        TASK_CHANGED,
        task.ticket,
        actor=actor,
        title=task.title,
        task_id=task.pk,
        changes=changes,
    )
    return task


@transaction.atomic
def do_task(task: TicketTask, *, actor: Person | None, at: datetime | None = None) -> TicketTask:
    """The task is done; saying it again keeps who did it first."""
    task = _locked_task(task)
    require(actor, "finish_task", task.ticket)
    if task.done_at is None:
        task.done_at, task.done_by = at or timezone.now(), actor
        task.save(update_fields=["done_at", "done_by"])
        record(TASK_DONE, task.ticket, actor=actor, title=task.title, task_id=task.pk)
    return task


@transaction.atomic
def undo_task(task: TicketTask, *, actor: Person | None) -> TicketTask:
    """The task is not done after all."""
    task = _locked_task(task)
    require(actor, "finish_task", task.ticket)
    if task.done_at is not None:
        task.done_at = task.done_by = None
        task.save(update_fields=["done_at", "done_by"])
        record(TASK_UNDONE, task.ticket, actor=actor, title=task.title, task_id=task.pk)
    return task


@transaction.atomic
def move_task(task: TicketTask, *, actor: Person | None, up: bool) -> TicketTask:
    """Changes places with the task before (or after) it; at an end nothing happens."""
    ticket = _held(task.ticket)
    require(actor, "task", ticket)
    tasks = list(ticket.tasks.all())
    places = [one.pk for one in tasks]
    if task.pk not in places:
        raise TransitionNotAllowed("This task has been removed meanwhile.")
    here = places.index(task.pk)
    there = here - 1 if up else here + 1
    if 0 <= there < len(tasks):
        tasks[here], tasks[there] = tasks[there], tasks[here]
    for position, one in enumerate(tasks):
        one.position = position
    TicketTask.objects.bulk_update(tasks, ["position"])
    return next(one for one in tasks if one.pk == task.pk)


@transaction.atomic
def remove_task(task: TicketTask, *, actor: Person | None) -> None:
    """Takes the task from the list; the timeline keeps that it was there."""
    task = _locked_task(task)
    require(actor, "task", task.ticket)
    record(TASK_REMOVED, task.ticket, actor=actor, title=task.title, task_id=task.pk)
    task.delete()


@transaction.atomic
def apply_checklist(
    ticket: Ticket, *, actor: Person | None, checklist: Checklist
) -> list[TicketTask]:
    """Adds the checklist's tasks that are not on the ticket yet."""
    ticket = _held(ticket)
    require(actor, "task", ticket)
    there = set(ticket.tasks.filter(checklist=checklist).values_list("title", flat=True))
    titles = [item.title for item in checklist.items.all() if item.title not in there]
    if not titles:
        return []
    first = _next_position(ticket, len(titles))
    tasks = TicketTask.objects.bulk_create(
        [
            TicketTask(
                ticket=ticket,
                title=title,
                position=first + place,
                checklist=checklist,
                created_by=actor,
            )
            for place, title in enumerate(titles)
        ]
    )
    record(CHECKLIST_APPLIED, ticket, actor=actor, name=checklist.name, tasks=[*titles])
    return tasks


@transaction.atomic
def save_checklist(
    checklist: Checklist | None,
    *,
    actor: Person | None,
    name: str,
    titles: Sequence[str],
    service: Service | None = None,
    team: Team | None = None,
) -> Checklist:
    """Makes a checklist (None) or replaces one; tickets that used it keep their tasks."""
    require_arranger(actor)
    name = words(name, "name", most=MOST_NAME, needed="Give the checklist a name.")
    wanted = [words(one, "titles", most=MOST_TITLE) for one in titles if one.strip()]
    if not wanted or len(wanted) > MOST_TASKS:
        raise DomainError(f"From one to {MOST_TASKS} tasks, one a line.", field="titles")
    saved = checklist or Checklist()
    if Checklist.objects.filter(name__iexact=name).exclude(pk=saved.pk or 0).exists():
        raise DomainError("Another checklist has this name.", field="name")
    saved.name, saved.service, saved.team = name, service, team
    saved.save()
    saved.items.all().delete()
    ChecklistItem.objects.bulk_create(
        ChecklistItem(checklist=saved, title=title, position=place)
        for place, title in enumerate(wanted)
    )
    record(CHECKLIST_SAVED, saved, actor=actor, name=name)
    return saved


@transaction.atomic
def delete_checklist(checklist: Checklist, *, actor: Person | None) -> None:
    """Takes the checklist away; tickets that used it keep their tasks."""
    require_arranger(actor)
    record(CHECKLIST_DELETED, checklist, actor=actor, name=checklist.name)
    checklist.delete()
