"""The view behind the step buttons of clusters and problems."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet

from core.editing import Editing, chosen, with_version
from core.pages import StepView
from core.requests import SignedInRequest
from problems.forms import ClusterForm, ReaderForm
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
    """A step of a cluster the person may see; its form is told of both where it asks for them."""

    def records(self, request: SignedInRequest) -> QuerySet[Cluster]:
        """Visible clusters."""
        return Cluster.objects.visible_to(request.user)

    def build_form(self, record: Cluster, data: Any = None, files: Any = None) -> forms.Form | None:
        """What there is to choose for this person, and for this cluster."""
        form = self.form_class
        if form is None or not issubclass(form, ReaderForm):
            return super().build_form(record, data, files)
        if issubclass(form, ClusterForm):
            return form(data, reader=self.person, cluster=record)
        return form(data, reader=self.person)


class ProblemStep(ActionStep):
    """A step of a problem the person may see."""

    def records(self, request: SignedInRequest) -> QuerySet[Problem]:
        """Visible problems."""
        return Problem.objects.visible_to(request.user)


class ProblemEdit(Editing, ProblemStep):
    """Changes what a problem says, or what its known error or its review says."""

    success_message = "Saved."

    def shape(self, record: Problem, data: Any) -> forms.Form:
        """The form with what it says now."""
        raise NotImplementedError

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        """The same, upon the version that is read."""
        return with_version(self.shape(record, data), record)

    def take(self, record: Problem, form: forms.Form | None) -> Any:
        """Sends on what was changed."""
        if form is None:
            raise TypeError("editing needs its form")
        return self.save(record, form.cleaned_data["version"], chosen(form))

    def save(self, record: Problem, version: int | None, wanted: dict[str, Any]) -> Any:
        """Calls the action."""
        return type(self).change(record, actor=self.person, version=version, **wanted)
