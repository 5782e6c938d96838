"""Making a work item in a tracker, from the item or from its problem."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from core.requests import SignedInRequest
from devlink import actions
from devlink.forms import TrackerChoiceForm
from devlink.models import WorkItem
from devlink.views.access import DevelopmentStep, words_of
from problems.models import Problem


class SendToTracker(DevelopmentStep):
    """Makes a work item in a tracker."""

    right = "send_to_tracker"
    title = "Create it in a tracker"
    submit_label = "Create it there"
    success_message = "It will be there in a moment."

    def records(self, request: SignedInRequest) -> QuerySet[WorkItem]:
        return WorkItem.objects.visible_to(request.user).select_related("tracker")

    def shape(self, record: WorkItem, data: Any) -> forms.Form:
        return TrackerChoiceForm(self.person, data)

    def take(self, record: WorkItem, form: forms.Form | None) -> WorkItem:
        return actions.send_to_tracker(record, actor=self.person, **words_of(form))


class CreateInTracker(DevelopmentStep):
    """Makes a work item for a problem, with its evidence."""

    right = "send_to_tracker"
    title = "Create a work item in a tracker"
    submit_label = "Create it there"
    success_message = "It will be there in a moment, with the evidence."

    def records(self, request: SignedInRequest) -> QuerySet[Problem]:
        return Problem.objects.visible_to(request.user)

    def shape(self, record: Problem, data: Any) -> forms.Form:
        return TrackerChoiceForm(self.person, data)

    def take(self, record: Problem, form: forms.Form | None) -> WorkItem:
        return actions.create_in_tracker(record, actor=self.person, **words_of(form))

    def success_url(self, record: Any, result: Any) -> str:
        return str(result.get_absolute_url())
