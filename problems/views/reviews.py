"""The review of a problem, and what follows from it."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from problems import actions
from problems.filters import ActionFilter
from problems.models import Problem, ProblemAction, ProblemReview
from problems.review_forms import FollowUpForm, OptionalNoteForm, ReasonWhyForm, ReviewTextsForm
from problems.views.problems import rights_of, strip_of
from problems.views.steps import ActionStep, ProblemEdit, ProblemStep


@require_GET
def review(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was learnt, and what is to be done so that it does not come back."""
    rows = Problem.objects.visible_to(request.user).defer("search_vector")
    found = get_object_or_404(rows.select_related("component", "owner"), pk=pk)
    follow_ups = ProblemAction.objects.visible_to(request.user).filter(problem=found)
    context = {
        "problem": found,
        "tab": "review",
        "strip": strip_of(found),
        "review": ProblemReview.objects.visible_to(request.user)
        .select_related("published_by")
        .filter(problem=found)
        .first(),
        "follow_ups": follow_ups.exclude(state="deleted").select_related("assignee"),
        "rights": rights_of(request.user, found, "write_review", "publish_review", "follow_up"),
        "today": timezone.localdate(),
    }
    return render(request, "problems/review.html", context)


@require_GET
def problem_actions(request: SignedInRequest) -> HttpResponse:
    """What is to be done after reviews, of every problem."""
    given = request.GET.copy()
    given.setdefault("state", "outstanding")
    visible = ProblemAction.objects.visible_to(request.user).select_related("problem", "assignee")
    narrowed = ActionFilter(given, visible, request=request)
    rows = narrowed.qs if narrowed.is_valid() else visible.none()
    page = keyset_page(rows, order=("due_on", "-id"), cursor=request.GET.get("cursor"))
    context = {
        "filter": narrowed,
        "page": page,
        "links": page_links(request, page),
        "today": timezone.localdate(),
    }
    return render(request, "problems/actions.html", context)


class ReviewStep(ProblemStep):
    """A step of the review; afterwards one is back at it."""

    def success_url(self, record: Problem, result: Any) -> str:
        return f"{record.get_absolute_url()}review/"


class WriteReview(ProblemEdit, ReviewStep):
    """Writes on the review."""

    change = staticmethod(actions.write_problem_review)
    title = "Problem review"

    def _found(self, record: Problem) -> ProblemReview | None:
        return ProblemReview.objects.visible_to(self.person).filter(problem=record).first()

    def shape(self, record: Problem, data: Any) -> forms.Form:
        found = self._found(record)
        first = {name: getattr(found, name, "") for name in actions.REVIEW_TEXTS}
        if found is None:
            first["causes"] = record.root_cause
        return ReviewTextsForm(data, initial=first)

    def take(self, record: Problem, form: forms.Form | None) -> Any:
        """Of a new review also what was offered and left as it was."""
        if form is None or self._found(record) is not None:
            return super().take(record, form)
        said = {name: form.cleaned_data[name] for name in actions.REVIEW_TEXTS}
        return self.save(record, form.cleaned_data["version"], said)


class PublishReview(ReviewStep):
    """Publishes the review."""

    change = staticmethod(actions.publish_problem_review)
    success_message = "The review is published."


class AddAction(ReviewStep):
    """Adds something to be done."""

    change = staticmethod(actions.add_problem_action)
    title, submit_label = "Add a follow-up", "Add"

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        return FollowUpForm(data)


class FollowUpStep(ActionStep):
    """A step of a follow-up."""

    def records(self, request: SignedInRequest) -> QuerySet[ProblemAction]:
        return ProblemAction.objects.visible_to(request.user).select_related("problem")


class EditAction(FollowUpStep):
    """Changes what is to be done."""

    change = staticmethod(actions.edit_problem_action)
    title = "Follow-up"

    def build_form(self, record: ProblemAction, data: Any = None, files: Any = None) -> forms.Form:
        names = FollowUpForm.base_fields
        return FollowUpForm(data, initial={name: getattr(record, name) for name in names})


class CompleteAction(FollowUpStep):
    """It is done."""

    change = staticmethod(actions.complete_problem_action)
    form_class, title, submit_label = OptionalNoteForm, "Complete the follow-up", "Complete"


class DropAction(FollowUpStep):
    """It will not be done."""

    change = staticmethod(actions.drop_problem_action)
    form_class, title, submit_label = ReasonWhyForm, "Not doing it", "Not doing"


class DeleteAction(FollowUpStep):
    """It was written by mistake."""

    change = staticmethod(actions.delete_problem_action)


class TakeUpAction(FollowUpStep):
    """It is to be done after all."""

    change = staticmethod(actions.take_up_problem_action)
