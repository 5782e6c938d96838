"""What lists of major incidents and follow-ups can be narrowed to, on the page and in the API."""

from typing import cast

import django_filters as filters
from django.utils import timezone

from accounts.models import Person
from majors.models import FollowUp, MajorIncident, UpdateTemplate
from majors.models.major import MajorIncidentQuerySet
from majors.models.reviews import MajorFollowUpQuerySet
from majors.workflow import AUDIENCES, STATUS
from problems.workflow import FOLLOW_UP

SHOWN = {
    "active": "Active",
    "candidates": "Candidates",
    "past": "Past",
    "without_review": "Without a review",
    "all": "All",
}


class MajorFilter(filters.FilterSet):
    """Every parameter is optional."""

    show = filters.ChoiceFilter(label="Show", choices=list(SHOWN.items()), method="shown")

    class Meta:
        model = MajorIncident
        fields: list[str] = []

    def shown(self, majors: MajorIncidentQuerySet, name: str, value: str) -> MajorIncidentQuerySet:
        """One of the lists."""
        reads = {
            "active": majors.active,
            "candidates": majors.candidates,
            "past": majors.past,
            "without_review": majors.without_review,
        }
        return reads[value]() if value in reads else majors


class FollowUpFilter(filters.FilterSet):
    """Every parameter is optional."""

    state = filters.ChoiceFilter(label="State", choices=FOLLOW_UP.choices)
    assignee = filters.ChoiceFilter(
        label="Assignee", choices=[("me", "Me"), ("nobody", "Nobody")], method="of_assignee"
    )
    overdue = filters.ChoiceFilter(label="Due", choices=[("true", "Overdue")], method="is_overdue")

    class Meta:
        model = FollowUp
        fields: list[str] = []

    def of_assignee(
        self, rows: MajorFollowUpQuerySet, name: str, value: str
    ) -> MajorFollowUpQuerySet:
        """Mine, or nobody's."""
        if value == "nobody":
            return rows.filter(assignee__isnull=True)
        return rows.filter(assignee=cast("Person", self.request and self.request.user))

    def is_overdue(
        self, rows: MajorFollowUpQuerySet, name: str, value: str
    ) -> MajorFollowUpQuerySet:
        """To be done, and late."""
        return rows.overdue(timezone.localdate())


class UpdateTemplateFilter(filters.FilterSet):
    """Every parameter is optional."""

    status = filters.ChoiceFilter(label="Status", choices=STATUS.choices)
    audience = filters.ChoiceFilter(label="Audience", choices=AUDIENCES)

    class Meta:
        model = UpdateTemplate
        fields: list[str] = []
