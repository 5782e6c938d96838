"""Forms of what stands beside a ticket's conversation: tasks, time, people who follow, tags."""

from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Person
from accounts.roles import DEVELOPMENT_ROLES, SUPPORT_ROLES
from incidents.forms.opening import RequesterField
from incidents.forms.steps import set_rows
from incidents.models import Checklist, Ticket, TicketTask, TimeEntry, Watcher


class TaskForm(forms.Form):
    """Something to be done."""

    title = forms.CharField(label="Task", max_length=200)
    assignee = forms.ModelChoiceField(
        label="Who does it",
        queryset=Person.objects.none(),
        required=False,
        empty_label="Nobody yet",
    )
    due_at = forms.DateTimeField(
        label="Due",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workers = Person.objects.with_role(*SUPPORT_ROLES, *DEVELOPMENT_ROLES)
        set_rows(self, "assignee", workers.order_by("name"))


class ChosenTaskForm(forms.Form):
    """One of the ticket's tasks."""

    task = forms.ModelChoiceField(queryset=TicketTask.objects.none(), widget=forms.HiddenInput)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_rows(self, "task", ticket.tasks.all())


class ChecklistForm(forms.Form):
    """A checklist that fits the ticket."""

    checklist = forms.ModelChoiceField(label="Checklist", queryset=Checklist.objects.none())

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_rows(self, "checklist", Checklist.objects.fitting(ticket))


class TimeForm(forms.Form):
    """Time somebody spent."""

    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=1440)
    what = forms.CharField(label="What for", max_length=200, required=False)
    spent_on = forms.DateField(
        label="Day",
        required=False,
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ChosenTimeForm(forms.Form):
    """One of the ticket's time entries."""

    entry = forms.ModelChoiceField(queryset=TimeEntry.objects.none(), widget=forms.HiddenInput)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_rows(self, "entry", ticket.time_entries.select_related("ticket"))


class WatcherForm(forms.Form):
    """Who shall follow the ticket."""

    person = RequesterField(
        label="Colleague",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Name or e-mail"}),
    )

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        if isinstance(field, RequesterField):
            field.reader = reader
            field.nobody = "You know nobody by that name or address."


class ChosenWatcherForm(forms.Form):
    """One of those who follow the ticket."""

    person = forms.ModelChoiceField(queryset=Person.objects.none(), widget=forms.HiddenInput)

    def __init__(self, *args: Any, ticket: Ticket, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = Watcher.objects.visible_to(reader).filter(ticket=ticket)
        set_rows(self, "person", Person.objects.filter(pk__in=seen.values("person")))


class TagForm(forms.Form):
    """A tag by its name."""

    name = forms.CharField(label="Tag", max_length=80)
