"""The post-incident review and its follow-ups."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from core.pages import StepView
from core.requests import SignedInRequest
from majors import actions
from majors.forms import ReviewForm
from majors.models import FollowUp, MajorIncident, Review
from majors.permissions import may
from majors.views.room import MajorStep
from problems.actions import REVIEW_TEXTS
from problems.review_forms import FollowUpForm, OptionalNoteForm, ReasonWhyForm


class WriteReview(MajorStep):
    """Writes on the review."""

    right = "write_review"
    template_name = "majors/review.html"
    title, submit_label = "Post-incident review", "Save"

    def shape(self, record: MajorIncident, data: Any) -> forms.Form:
        review = Review.objects.visible_to(self.person).filter(major=record).first()
        initial = {name: getattr(review, name, "") for name in REVIEW_TEXTS}
        initial["problem"] = getattr(review, "problem_id", None)
        return ReviewForm(data, person=self.person, initial=initial)

    def take(self, record: MajorIncident, form: forms.Form | None) -> Any:
        words = form.cleaned_data if form else {}
        return actions.write_review(record, actor=self.person, **words)


class PublishReview(MajorStep):
    """Publishes the review."""

    right = "publish_review"
    success_message = "The review is published."

    def take(self, record: MajorIncident, form: forms.Form | None) -> Any:
        return actions.publish_review(record, actor=self.person)


class AddFollowUp(MajorStep):
    """Adds something to be done."""

    right = "follow_up"
    title, submit_label = "Add a follow-up", "Add"

    def shape(self, record: MajorIncident, data: Any) -> forms.Form:
        return FollowUpForm(data)

    def take(self, record: MajorIncident, form: forms.Form | None) -> Any:
        words = form.cleaned_data if form else {}
        return actions.add_follow_up(record, actor=self.person, **words)


class FollowUpStep(StepView):
    """A step of a follow-up."""

    def records(self, request: SignedInRequest) -> QuerySet[FollowUp]:
        return FollowUp.objects.visible_to(request.user).select_related("major")

    def build_form(self, record: Any, data: Any = None, files: Any = None) -> forms.Form | None:
        if not may(self.person, "follow_up", record.major):
            raise PermissionDenied
        return self.shape(record, data)

    def shape(self, record: FollowUp, data: Any) -> forms.Form | None:
        """The form itself."""
        return None if self.form_class is None else self.form_class(data)


class EditFollowUp(FollowUpStep):
    """Changes what is to be done."""

    title, submit_label = "Follow-up", "Save"

    def shape(self, record: FollowUp, data: Any) -> forms.Form:
        names = ("title", "assignee", "priority", "due_on", "link")
        return FollowUpForm(data, initial={name: getattr(record, name) for name in names})

    def take(self, record: FollowUp, form: forms.Form | None) -> FollowUp:
        words = form.cleaned_data if form else {}
        return actions.edit_follow_up(record, actor=self.person, **words)


class CompleteFollowUp(FollowUpStep):
    """It is done."""

    form_class, title, submit_label = OptionalNoteForm, "Complete the follow-up", "Complete"

    def take(self, record: FollowUp, form: forms.Form | None) -> FollowUp:
        words = form.cleaned_data if form else {}
        return actions.complete_follow_up(record, actor=self.person, **words)


class DropFollowUp(FollowUpStep):
    """It will not be done."""

    form_class, title, submit_label = ReasonWhyForm, "Not doing it", "Not doing"

    def take(self, record: FollowUp, form: forms.Form | None) -> FollowUp:
        words = form.cleaned_data if form else {}
        return actions.drop_follow_up(record, actor=self.person, **words)


class DeleteFollowUp(FollowUpStep):
    """It was written by mistake."""

    def take(self, record: FollowUp, form: forms.Form | None) -> FollowUp:
        return actions.delete_follow_up(record, actor=self.person)


class TakeUpFollowUp(FollowUpStep):
    """It is to be done after all."""

    def take(self, record: FollowUp, form: forms.Form | None) -> FollowUp:
        return actions.take_up_follow_up(record, actor=self.person)
