"""The root cause analysis: whys, fishbone, what would prove it wrong, and the timeline."""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from core.requests import SignedInRequest
from problems import actions
from problems.evidence import link_of
from problems.fishbone import contributing, fishbone_of
from problems.forms import CauseForm, ChangeCauseForm, EntryForm, FalsifierForm, WhyForm
from problems.models import Cause, Problem, TimelineEntry, Why
from problems.timeline import timeline_of
from problems.views.problems import rights_of, strip_of
from problems.views.steps import ActionStep, ProblemEdit, ProblemStep


@require_GET
def analysis(request: SignedInRequest, pk: int) -> HttpResponse:
    """The workspace of the search for the root cause."""
    rows = Problem.objects.visible_to(request.user).defer("search_vector")
    found = get_object_or_404(rows.select_related("component", "owner", "cluster"), pk=pk)
    context = {
        "problem": found,
        "tab": "analysis",
        "strip": strip_of(found),
        "rights": rights_of(request.user, found, "write_analysis", "analyse"),
        "whys": [(one, link_of(one.evidence)) for one in found.whys.select_related("person")],
        "bones": fishbone_of(found),
        "contributing": contributing(found),
        "lines": timeline_of(request, found),
        "why_form": WhyForm(auto_id="why_%s"),
        "cause_form": CauseForm(problem=found, auto_id="cause_%s"),
        "entry_form": EntryForm(auto_id="entry_%s"),
    }
    return render(request, "problems/analysis.html", context)


class AnalysisStep(ProblemStep):
    """Something written down about a problem; afterwards one is back at its place."""

    place = ""
    form_type: ClassVar[type[forms.Form]]

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        return self.form_type(data)

    def success_url(self, record: Problem, result: Any) -> str:
        return f"{result.get_absolute_url()}#{self.place}"


class AddWhy(AnalysisStep):
    """Answers the next why."""

    change = staticmethod(actions.add_why)
    form_type, place = WhyForm, "whys"
    title, submit_label = "Answer the next why", "Add"


class AddCause(AnalysisStep):
    """Puts a possible cause on the fishbone."""

    change = staticmethod(actions.add_cause)
    place = "fishbone"
    title, submit_label = "Add a possible cause", "Add"

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        return CauseForm(data, problem=record, initial={"parent": self.request.GET.get("below")})


class AddEntry(AnalysisStep):
    """Writes a line of the timeline."""

    change = staticmethod(actions.add_timeline_entry)
    form_type, place = EntryForm, "timeline"
    title, submit_label = "Write on the timeline", "Add"


class SetFalsifier(ProblemEdit, AnalysisStep):
    """Says what the root cause is, and what would prove it wrong."""

    change = staticmethod(actions.edit_problem)
    place = "root-cause"
    title = "Root cause, and what would prove it wrong"

    def shape(self, record: Problem, data: Any) -> forms.Form:
        first = {"root_cause": record.root_cause, "falsifier": record.falsifier}
        return FalsifierForm(data, initial=first)

    def success_url(self, record: Problem, result: Any) -> str:
        return f"{record.get_absolute_url()}analysis/#{self.place}"


class PartStep(ActionStep):
    """A step of one part of an analysis."""

    model: ClassVar[Any]
    place = ""

    def records(self, request: SignedInRequest) -> QuerySet[Any]:
        visible: QuerySet[Any] = self.model.objects.visible_to(request.user)
        return visible.select_related("problem")

    def success_url(self, record: Any, result: Any) -> str:
        return f"{record.get_absolute_url()}#{self.place}"


class WhyStep(PartStep):
    """A step of a why."""

    model, place = Why, "whys"


class ChangeWhy(WhyStep):
    """Answers a why anew."""

    change = staticmethod(actions.change_why)
    title = "Change the answer"

    def build_form(self, record: Why, data: Any = None, files: Any = None) -> forms.Form:
        return WhyForm(data, initial={"answer": record.answer, "evidence": record.evidence})


class WhyUp(WhyStep):
    """Moves a why up."""

    up = True

    def take(self, record: Why, form: forms.Form | None) -> Why:
        return actions.move_why(record, actor=self.person, up=self.up)


class WhyDown(WhyUp):
    """Moves a why down."""

    up = False


class RemoveWhy(WhyStep):
    """Takes a why away."""

    change = staticmethod(actions.remove_why)


class CauseStep(PartStep):
    """A step of a cause."""

    model, place = Cause, "fishbone"


class ChangeCause(CauseStep):
    """Says anew what a cause is and how it stands."""

    change = staticmethod(actions.change_cause)
    title = "Change the cause"

    def build_form(self, record: Cause, data: Any = None, files: Any = None) -> forms.Form:
        first = {name: getattr(record, name) for name in ChangeCauseForm.base_fields}
        return ChangeCauseForm(data, initial=first)


class RemoveCause(CauseStep):
    """Takes a cause and those below it away."""

    change = staticmethod(actions.remove_cause)


class EntryStep(PartStep):
    """A step of a line of the timeline."""

    model, place = TimelineEntry, "timeline"


class ChangeEntry(EntryStep):
    """Changes a line."""

    change = staticmethod(actions.change_timeline_entry)
    title = "Change the line"

    def build_form(self, record: TimelineEntry, data: Any = None, files: Any = None) -> forms.Form:
        first = {"at": record.at, "text": record.text, "evidence": record.evidence}
        return EntryForm(data, initial=first)


class RemoveEntry(EntryStep):
    """Takes a line away."""

    change = staticmethod(actions.remove_timeline_entry)
