"""The buttons of what stands beside the conversation: tasks, time, followers, tags."""

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import escape

from core.boxes import draw_boxes
from core.errors import DomainError
from core.pages import wants_fragment
from core.requests import SignedInRequest
from incidents import actions
from incidents.forms.beside import (
    ChecklistForm,
    ChosenTaskForm,
    ChosenTimeForm,
    ChosenWatcherForm,
    TagForm,
    TaskForm,
    TimeForm,
    WatcherForm,
)
from incidents.models import Ticket, TicketTask
from incidents.views.steps import TicketStep
from incidents.views.workspace import address_of


class BesideStep(TicketStep):
    """A step of a box; afterwards the person is back at the box, on the page they came from."""

    box = ""

    def get(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """The form on a page of its own; a step without words of its own has none."""
        if self.title:
            return super().get(request, pk)
        return redirect(get_object_or_404(self.records(request), pk=pk).get_absolute_url())

    def post(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """Takes the step; a page with scripts is given its box anew and keeps everything else.

        What was typed into a box that is refused stays there, with the sentence below it.
        """
        if not wants_fragment(request):
            return super().post(request, pk)
        record = get_object_or_404(self.records(request), pk=pk)
        form = self.build_form(record, request.POST, request.FILES)
        if form is not None and not form.is_valid():
            return self._refused(str(next(iter(form.errors.values()))[0]), 422)
        try:
            self.take(record, form)
        except DomainError as error:
            return self._refused(error.message, error.status)
        slot = "context" if self.person.is_staff_member else "portal-side"
        boxes = draw_boxes(request, record, slot, only=self.box)
        return HttpResponse(boxes[0].html if boxes else "")

    def _refused(self, sentence: str, status: int) -> HttpResponse:
        # Other refusals than of the input are no fragments for htmx.
        response = HttpResponse(escape(sentence), status=409 if status == 403 else status)
        response["HX-Retarget"] = f"#{self.box}-error"
        response["HX-Reswap"] = "innerHTML"
        return response

    def success_url(self, record: Ticket, result: Any) -> str:
        if not self.person.is_staff_member:
            return reverse("incidents:portal_ticket", args=[record.pk])
        return f"{address_of(self.request, record)}#{self.box}"


class _TaskStep(BesideStep):
    right, box = "task", "tasks"


class AddTask(_TaskStep):
    """Adds a task."""

    form_class, title, submit_label = TaskForm, "Add a task", "Add"

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.add_task(record, actor=self.person, **self.words(form))


class _ChosenTask(_TaskStep):
    def shape(self, record: Ticket, data: Any) -> forms.Form:
        return ChosenTaskForm(data, ticket=record)

    def chosen(self, form: forms.Form | None) -> TicketTask:
        """The task that was named."""
        found: TicketTask = self.words(form)["task"]
        return found


class DoTask(_ChosenTask):
    """Ticks a task off, on a merged ticket too."""

    right = "finish_task"

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.do_task(self.chosen(form), actor=self.person)


class UndoTask(_ChosenTask):
    """Takes a task up again."""

    right = "finish_task"

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.undo_task(self.chosen(form), actor=self.person)


class TaskUp(_ChosenTask):
    """Moves a task up the list."""

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.move_task(self.chosen(form), actor=self.person, up=True)


class TaskDown(_ChosenTask):
    """Moves a task down the list."""

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.move_task(self.chosen(form), actor=self.person, up=False)


class RemoveTask(_ChosenTask):
    """Takes a task off the list."""

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.remove_task(self.chosen(form), actor=self.person)


class ChangeTask(_TaskStep):
    """Says anew what is to be done, by whom and until when."""

    title, submit_label = "Change the task", "Save"

    def shape(self, record: Ticket, data: Any) -> forms.Form:
        form = TaskForm(data, initial=self._values(record))
        choice = ChosenTaskForm(ticket=record).fields["task"]
        choice.initial = self.request.GET.get("task")
        form.fields["task"] = choice
        return form

    def _values(self, record: Ticket) -> dict[str, Any]:
        number = self.request.GET.get("task", "")
        task = record.tasks.filter(pk=int(number)).first() if number.isdecimal() else None
        if task is None:
            return {}
        return {"title": task.title, "assignee": task.assignee_id, "due_at": task.due_at}

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        words = dict(self.words(form))
        return actions.change_task(words.pop("task"), actor=self.person, **words)


class ApplyChecklist(_TaskStep):
    """Adds a checklist's tasks."""

    title, submit_label = "Add a checklist", "Add"

    def shape(self, record: Ticket, data: Any) -> forms.Form:
        return ChecklistForm(data, ticket=record)

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.apply_checklist(record, actor=self.person, **self.words(form))


class NoteTime(BesideStep):
    """Notes time spent."""

    right, box = "note_time", "time"
    form_class, title, submit_label = TimeForm, "Note time", "Note"

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.note_time(record, actor=self.person, **self.words(form))


class RemoveTime(BesideStep):
    """Takes a time entry of one's own away."""

    right, box = "note_time", "time"

    def shape(self, record: Ticket, data: Any) -> forms.Form:
        return ChosenTimeForm(data, ticket=record)

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.remove_time(self.words(form)["entry"], actor=self.person)


class Follow(BesideStep):
    """Follows the ticket."""

    right, box = "follow", "followers"
    success_message = "You hear of replies and of the end."

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.follow_ticket(record, actor=self.person)


class Unfollow(BesideStep):
    """Stops following."""

    right, box = "follow", "followers"

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.unfollow_ticket(record, actor=self.person)


class AddWatcher(BesideStep):
    """Lets a colleague follow."""

    right, box = "add_watcher", "followers"
    title, submit_label = "Add a follower", "Add"

    def shape(self, record: Ticket, data: Any) -> forms.Form:
        return WatcherForm(data, reader=self.person)

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.add_watcher(record, actor=self.person, **self.words(form))


class RemoveWatcher(BesideStep):
    """Ends somebody's following."""

    right, box = "add_watcher", "followers"

    def shape(self, record: Ticket, data: Any) -> forms.Form:
        return ChosenWatcherForm(data, ticket=record, reader=self.person)

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.remove_watcher(record, actor=self.person, **self.words(form))


class TagTicket(BesideStep):
    """Marks the ticket with a tag."""

    right, box = "tag", "tags"
    form_class, title, submit_label = TagForm, "Tag the ticket", "Tag"

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.tag_ticket(record, actor=self.person, **self.words(form))


class UntagTicket(BesideStep):
    """Takes a tag away."""

    right, box = "tag", "tags"
    form_class = TagForm

    def take(self, record: Ticket, form: forms.Form | None) -> object:
        return actions.untag_ticket(record, actor=self.person, **self.words(form))


BESIDE_STEPS = {
    "add-task": AddTask,
    "change-task": ChangeTask,
    "do-task": DoTask,
    "undo-task": UndoTask,
    "task-up": TaskUp,
    "task-down": TaskDown,
    "remove-task": RemoveTask,
    "apply-checklist": ApplyChecklist,
    "note-time": NoteTime,
    "remove-time": RemoveTime,
    "follow": Follow,
    "unfollow": Unfollow,
    "add-watcher": AddWatcher,
    "remove-watcher": RemoveWatcher,
    "tag": TagTicket,
    "untag": UntagTicket,
}
