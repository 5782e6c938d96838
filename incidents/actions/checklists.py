"""Tasks on a ticket, and the checklists they come from."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import Person, Team
from catalogue.models import Service
from core.errors import DomainError
from core.timeline import record
from incidents.actions._keeping import words
from incidents.actions.tasklists import MOST_TASKS, MOST_TITLE, TaskFacts, TaskList
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

MOST_NAME = 120


def _held(ticket: Ticket) -> Ticket:
    """The ticket locked, so that two people add tasks one after the other."""
    return Ticket.objects.select_for_update(of=("self",)).select_related("team").get(pk=ticket.pk)


TICKET_TASKS: TaskList[Ticket, TicketTask] = TaskList(
    model=TicketTask,
    field="ticket",
    hold=_held,
    require=lambda person, ticket: require(person, "task", ticket),
    require_finish=lambda person, ticket: require(person, "finish_task", ticket),
    facts=TaskFacts(
        added=TASK_ADDED,
        changed=TASK_CHANGED,
        done=TASK_DONE,
        undone=TASK_UNDONE,
        removed=TASK_REMOVED,
    ),
)


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
    return TICKET_TASKS.add(ticket, actor=actor, title=title, assignee=assignee, due_at=due_at)


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
    return TICKET_TASKS.change(task, actor=actor, title=title, assignee=assignee, due_at=due_at)


@transaction.atomic
def do_task(task: TicketTask, *, actor: Person | None, at: datetime | None = None) -> TicketTask:
    """The task is done; saying it again keeps who did it first."""
    return TICKET_TASKS.do(task, actor=actor, at=at)


@transaction.atomic
def undo_task(task: TicketTask, *, actor: Person | None) -> TicketTask:
    """The task is not done after all."""
    return TICKET_TASKS.undo(task, actor=actor)


@transaction.atomic
def move_task(task: TicketTask, *, actor: Person | None, up: bool) -> TicketTask:
    """Changes places with the task before (or after) it; at an end nothing happens."""
    return TICKET_TASKS.move(task, actor=actor, up=up)


@transaction.atomic
def remove_task(task: TicketTask, *, actor: Person | None) -> None:
    """Takes the task from the list; the timeline keeps that it was there."""
    TICKET_TASKS.remove(task, actor=actor)


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
    first = TICKET_TASKS.next_position(ticket, len(titles))
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
