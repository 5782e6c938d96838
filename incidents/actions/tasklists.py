"""Lists of things to be done that belong to a record: the same rules for tickets and problems."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from django.db.models import Max, Model
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, TransitionNotAllowed
from core.events import EventKind
from core.timeline import record, type_json
from incidents.actions._keeping import words
from incidents.actions.assigning import check_assignee
from incidents.models import ListedTask

MOST_TITLE = 200
MOST_TASKS = 100

Owner = TypeVar("Owner", bound=Model)
Task = TypeVar("Task", bound=ListedTask)


@dataclass(frozen=True)
class TaskFacts:
    """The facts a list records on its owner; each carries `title` and `task_id`."""

    added: EventKind
    changed: EventKind
    done: EventKind
    undone: EventKind
    removed: EventKind


@dataclass(frozen=True)
class TaskList(Generic[Owner, Task]):
    """The tasks of one kind of record. Callers open the transaction.

    `field` is the task's field of its owner, whose related name is `tasks`; `hold` locks an owner,
    so that two people add tasks one after the other; `require` refuses who may not arrange the
    list, `require_finish` who may not say that something on it is done.
    """

    model: type[Task]
    field: str
    hold: Callable[[Owner], Owner]
    require: Callable[[Person | None, Owner], None]
    require_finish: Callable[[Person | None, Owner], None]
    facts: TaskFacts

    def add(
        self,
        owner: Owner,
        *,
        actor: Person | None,
        title: str,
        assignee: Person | None = None,
        due_at: datetime | None = None,
        **more: Any,
    ) -> Task:
        """Adds something to be done, at the end of the list; `more` are fields of its own."""
        owner = self.hold(owner)
        self.require(actor, owner)
        self._check(owner, assignee)
        task: Task = self.model._default_manager.create(
            title=_title(title),
            assignee=assignee,
            due_at=due_at,
            position=self.next_position(owner),
            created_by=actor,
            **{self.field: owner},
            **more,
        )
        record(self.facts.added, owner, actor=actor, title=task.title, task_id=task.pk)
        return task

    def next_position(self, owner: Owner, more: int = 1) -> int:
        """The place after the last; a DomainError when so many more do not fit."""
        there = self._of(owner)
        if there.count() + more > MOST_TASKS:
            named = owner._meta.verbose_name
            raise DomainError(f"At most {MOST_TASKS} tasks on one {named}.", field="title")
        last = there.aggregate(last=Max("position"))["last"]
        return 0 if last is None else int(last) + 1

    def change(
        self,
        task: Task,
        *,
        actor: Person | None,
        title: str,
        assignee: Person | None,
        due_at: datetime | None,
        **more: Any,
    ) -> Task:
        """Says anew what is to be done, by whom and until when."""
        task, owner = self._locked(task, actor)
        self._check(owner, assignee)
        wanted = {"title": _title(title), "assignee": assignee, "due_at": due_at, **more}
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
            self.facts.changed,
            owner,
            actor=actor,
            title=task.title,
            task_id=task.pk,
            changes=changes,
        )
        return task

    def do(self, task: Task, *, actor: Person | None, at: datetime | None = None) -> Task:
        """The task is done; saying it again keeps who did it first."""
        task, owner = self._held(task)
        self.require_finish(actor, owner)
        if task.done_at is None:
            task.done_at, task.done_by = at or timezone.now(), actor
            task.save(update_fields=["done_at", "done_by"])
            record(self.facts.done, owner, actor=actor, title=task.title, task_id=task.pk)
        return task

    def undo(self, task: Task, *, actor: Person | None) -> Task:
        """The task is not done after all."""
        task, owner = self._held(task)
        self.require_finish(actor, owner)
        if task.done_at is not None:
            task.done_at = task.done_by = None
            task.save(update_fields=["done_at", "done_by"])
            record(self.facts.undone, owner, actor=actor, title=task.title, task_id=task.pk)
        return task

    def move(self, task: Task, *, actor: Person | None, up: bool) -> Task:
        """Changes places with the task before (or after) it; at an end nothing happens."""
        owner = self.hold(getattr(task, self.field))
        self.require(actor, owner)
        tasks: list[Task] = list(self._of(owner))
        places = [one.pk for one in tasks]
        if task.pk not in places:
            raise TransitionNotAllowed("This task has been removed meanwhile.")
        here = places.index(task.pk)
        there = here - 1 if up else here + 1
        if 0 <= there < len(tasks):
            tasks[here], tasks[there] = tasks[there], tasks[here]
        for position, one in enumerate(tasks):
            one.position = position
        self.model._default_manager.bulk_update(tasks, ["position"])
        return next(one for one in tasks if one.pk == task.pk)

    def remove(self, task: Task, *, actor: Person | None) -> None:
        """Takes the task from the list; the timeline keeps that it was there."""
        task, owner = self._locked(task, actor)
        record(self.facts.removed, owner, actor=actor, title=task.title, task_id=task.pk)
        task.delete()

    def _of(self, owner: Owner) -> Any:
        return self.model._default_manager.filter(**{self.field: owner})

    def _locked(self, task: Task, actor: Person | None) -> tuple[Task, Owner]:
        task, owner = self._held(task)
        self.require(actor, owner)
        return task, owner

    def _held(self, task: Task) -> tuple[Task, Owner]:
        found = (
            self.model._default_manager.select_for_update(of=("self",))
            .select_related(f"{self.field}__team", "assignee")
            .filter(pk=task.pk)
            .first()
        )
        if found is None:
            raise TransitionNotAllowed("This task has been removed meanwhile.")
        return found, cast("Owner", getattr(found, self.field))

    def _check(self, owner: Owner, assignee: Person | None) -> None:
        check_assignee(assignee, getattr(owner, "team", None))


def _title(text: str) -> str:
    return words(text, "title", most=MOST_TITLE, needed="Say what is to be done.")
