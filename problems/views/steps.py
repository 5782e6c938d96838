"""The view behind the step buttons of clusters and problems."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet

from core.pages import StepView
from core.requests import SignedInRequest
from problems.models import Cluster, Problem


class ActionStep(StepView):
    """A step whose form's fields are the action's words."""

    change: ClassVar[Callable[..., Any]]

    def take(self, record: Any, form: forms.Form | None) -> Any:
        """Calls the action."""
        words = {} if form is None else form.cleaned_data
        return type(self).change(record, actor=self.person, **words)

    def success_url(self, record: Any, result: Any) -> str:
        """The record the action gave back."""
        return str(result.get_absolute_url())


class ClusterStep(ActionStep):
    """A step of a cluster the person may see."""

    def records(self, request: SignedInRequest) -> QuerySet[Cluster]:
        """Visible clusters."""
        return Cluster.objects.visible_to(request.user)


class ProblemStep(ActionStep):
    """A step of a problem the person may see."""

    def records(self, request: SignedInRequest) -> QuerySet[Problem]:
        """Visible problems."""
        return Problem.objects.visible_to(request.user)
