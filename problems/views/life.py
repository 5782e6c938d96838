"""The steps of a problem's life, and what its known error says."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from core.requests import SignedInRequest
from problems import actions
from problems.forms import AnalyseForm, CloseForm, KnownErrorForm, NoteForm, ProblemForm
from problems.models import KnownError, Problem
from problems.views.steps import ProblemEdit, ProblemStep


class EditView(ProblemEdit):
    """Changes what a problem says."""

    change = staticmethod(actions.edit_problem)
    title = "Edit"

    def shape(self, record: Problem, data: Any) -> forms.Form:
        """What it says now."""
        first = {name: getattr(record, name) for name in ProblemForm.base_fields}
        return ProblemForm(data, reader=self.person, initial=first)


class AssessView(ProblemStep):
    """Begins the assessment."""

    change = staticmethod(actions.assess_problem)


class AnalyseView(ProblemStep):
    """Begins the root cause analysis."""

    change = staticmethod(actions.analyse_problem)
    title = "Start root cause analysis"
    submit_label = "Start"

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        """What is suspected so far."""
        return AnalyseForm(data, initial={"root_cause": record.root_cause})


class RecordKnownErrorView(ProblemStep):
    """Records the known error."""

    change = staticmethod(actions.record_known_error)
    title = "Record the known error"
    submit_label = "Record"
    success_message = "Recorded. The desk sees it on every ticket of this problem."

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        """What is known already."""
        known = KnownError.objects.filter(  # visibility: of a visible problem
            problem=record
        ).first()
        first = KnownErrorForm.values_of(known) if known else {}
        given = {
            "symptom": record.description,
            "root_cause": record.root_cause,
            "workaround": record.workaround,
            "component": record.component,
        }
        return KnownErrorForm(data, reader=self.person, initial={**given, **first})


class NoteKnownErrorView(RecordKnownErrorView):
    """Records it while the fix is in progress."""


class ReturnToKnownErrorView(ProblemStep):
    """Says that nobody works on the fix any more."""

    change = staticmethod(actions.return_to_known_error)


class StartFixView(ProblemStep):
    """Says that development works on it."""

    change = staticmethod(actions.start_problem_fix)


class ResolveView(ProblemStep):
    """Says that the cause is removed."""

    change = staticmethod(actions.resolve_problem)
    form_class = NoteForm
    title = "Resolve"
    submit_label = "Resolve"


class ReopenView(ProblemStep):
    """Says that it is not over."""

    change = staticmethod(actions.reopen_problem)
    form_class = NoteForm
    title = "Reopen"
    submit_label = "Reopen"


class CloseView(ProblemStep):
    """Ends a problem with an outcome."""

    change = staticmethod(actions.close_problem)
    title = "Close"
    submit_label = "Close"

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        """The outcome, and for a duplicate what it is the same as."""
        return CloseForm(data, reader=self.person)


class KnownErrorStep(ProblemStep):
    """A step of the known error of a problem the person may see."""

    def records(self, request: SignedInRequest) -> QuerySet[Problem]:
        """Visible problems that have one."""
        return super().records(request).filter(known_error__isnull=False)


class EditKnownErrorView(ProblemEdit, KnownErrorStep):
    """Changes what a problem's known error says."""

    title = "Edit the known error"

    def shape(self, record: Problem, data: Any) -> forms.Form:
        """What it says now."""
        first = KnownErrorForm.values_of(record.known_error)
        return KnownErrorForm(data, reader=self.person, initial=first)

    def save(self, record: Problem, version: int | None, wanted: dict[str, Any]) -> Problem:
        """Changes it."""
        known = record.known_error
        actions.edit_known_error(known, actor=self.person, version=version, **wanted)
        return record


class VerifyWorkaroundView(KnownErrorStep):
    """Says that the workaround was tried and helped."""

    success_message = "Verified."

    def take(self, record: Problem, form: forms.Form | None) -> Problem:
        """Notes it."""
        actions.verify_workaround(record.known_error, actor=self.person)
        return record
