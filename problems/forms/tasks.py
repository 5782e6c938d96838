"""What is typed about tasks of a problem."""

from typing import Any, cast

from django import forms
from django.db.models import Q

from accounts.models import Person
from accounts.roles import DEVELOPMENT_ROLES, SUPPORT_ROLES
from problems.models import Problem, ProblemTask


class TaskForm(forms.Form):
    """Something to be done."""

    title = forms.CharField(label="What is to be done", max_length=200)
    kind = forms.ChoiceField(
        choices=ProblemTask.Kind.choices, initial=ProblemTask.Kind.GENERAL, required=False
    )
    assignee = forms.ModelChoiceField(
        label="By whom", queryset=Person.objects.none(), required=False
    )
    due_at = forms.DateTimeField(
        label="Until",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Person.objects.with_role(*SUPPORT_ROLES, *DEVELOPMENT_ROLES)
        field = cast("forms.ModelChoiceField[Person]", self.fields["assignee"])
        field.queryset = people.filter(Q(is_active=True)).order_by("name")

    def clean_kind(self) -> str:
        """General unless it is said."""
        return self.cleaned_data["kind"] or ProblemTask.Kind.GENERAL


class ChosenTaskForm(forms.Form):
    """One task of the problem."""

    task = forms.ModelChoiceField(queryset=ProblemTask.objects.none(), widget=forms.HiddenInput)

    def __init__(self, *args: Any, problem: Problem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[ProblemTask]", self.fields["task"])
        field.queryset = ProblemTask.objects.filter(problem=problem)
        field.error_messages["invalid_choice"] = "This task is not there any more."
