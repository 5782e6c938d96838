"""Tasks of a problem: the list tickets have, as steps of the problem."""

from typing import Any, ClassVar

from django import forms

from problems import actions
from problems.forms import ChosenTaskForm, TaskForm
from problems.models import Problem, ProblemTask
from problems.views.steps import ProblemStep


class TaskStep(ProblemStep):
    """A step of the list; afterwards one is back at it."""

    def success_url(self, record: Problem, result: Any) -> str:
        return f"{record.get_absolute_url()}#tasks"


class AddTask(TaskStep):
    """Adds a task."""

    title, submit_label = "Add a task", "Add"

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        return TaskForm(data)

    def take(self, record: Problem, form: forms.Form | None) -> object:
        words = form.cleaned_data if form else {}
        return actions.add_problem_task(record, actor=self.person, **words)


class ChosenTask(TaskStep):
    """A step of one task, named by a hidden field."""

    title = "Task"
    step: ClassVar[Any]
    more: ClassVar[dict[str, Any]] = {}

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        return ChosenTaskForm(data, problem=record)

    def take(self, record: Problem, form: forms.Form | None) -> object:
        task = form.cleaned_data["task"] if form else None
        return type(self).step(task, actor=self.person, **self.more)


class DoTask(ChosenTask):
    """Ticks a task off."""

    step = staticmethod(actions.do_problem_task)


class UndoTask(ChosenTask):
    """Takes a task up again."""

    step = staticmethod(actions.undo_problem_task)


class TaskUp(ChosenTask):
    """Moves a task up the list."""

    step = staticmethod(actions.move_problem_task)
    more: ClassVar[dict[str, Any]] = {"up": True}


class TaskDown(TaskUp):
    """Moves a task down the list."""

    more: ClassVar[dict[str, Any]] = {"up": False}


class RemoveTask(ChosenTask):
    """Takes a task off the list."""

    step = staticmethod(actions.remove_problem_task)


class ChangeTask(TaskStep):
    """Says anew what is to be done, by whom and until when."""

    title = "Change the task"

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        task = self._named(record)
        first = {
            name: getattr(task, name) for name in ("title", "kind", "assignee", "due_at")
        } if task else {}  # fmt: skip
        form = TaskForm(data, initial=first)
        choice = ChosenTaskForm(problem=record).fields["task"]
        choice.initial = task
        form.fields["task"] = choice
        return form

    def _named(self, record: Problem) -> ProblemTask | None:
        number = self.request.GET.get("task", "")
        known = number.isdecimal() and len(number) < 18
        return record.tasks.filter(pk=int(number)).first() if known else None

    def take(self, record: Problem, form: forms.Form | None) -> object:
        words = dict(form.cleaned_data) if form else {}
        return actions.change_problem_task(words.pop("task"), actor=self.person, **words)
