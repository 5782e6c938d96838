"""What the list of work items can be narrowed to: one filter for page and API."""

from typing import cast

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Team
from accounts.roles import Side
from catalogue.models import Component
from core.choices import visible_choices
from devlink.models import EvidencePack, Sprint, Tracker, WorkItem
from devlink.models.work import WorkItemQuerySet
from devlink.workflow import WORK_ITEM
from problems.models import Problem

STATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "open": ("Open", tuple(WORK_ITEM.in_category("open") + WORK_ITEM.in_category("discovery"))),
    **{state.name: (state.label, (state.name,)) for state in WORK_ITEM.states.values()},
}


class WorkItemFilter(filters.FilterSet):
    """Every parameter is optional."""

    q = filters.CharFilter(label="Words", method="find", max_length=200)
    state = filters.ChoiceFilter(
        label="State",
        choices=[(name, value[0]) for name, value in STATES.items()],
        method="in_state",
        empty_label="Any state",
    )
    kind = filters.ChoiceFilter(label="Kind", choices=WorkItem.Kind.choices, empty_label="Any kind")
    team = filters.ModelChoiceFilter(
        label="Team", queryset=visible_choices(Team), empty_label="All teams"
    )
    component = filters.ModelChoiceFilter(
        label="Component", queryset=visible_choices(Component), empty_label="All components"
    )
    sprint = filters.ModelChoiceFilter(
        label="Sprint", queryset=visible_choices(Sprint), empty_label="Any sprint"
    )
    problem = filters.ModelChoiceFilter(label="Problem", queryset=visible_choices(Problem))
    tracker = filters.ModelChoiceFilter(label="Tracker", queryset=visible_choices(Tracker))
    unplanned = filters.BooleanFilter(
        label="In no sprint", field_name="sprint", lookup_expr="isnull", widget=forms.CheckboxInput
    )
    evidence = filters.BooleanFilter(
        label="With evidence", method="with_evidence", widget=forms.CheckboxInput
    )

    class Meta:
        model = WorkItem
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
        """The usual narrowing; an unchecked box asks for nothing."""
        for box in ("unplanned", "evidence"):
            if self.form.cleaned_data.get(box) is False:
                self.form.cleaned_data[box] = None
        return cast("QuerySet[WorkItem]", super().filter_queryset(queryset))

    def find(self, items: WorkItemQuerySet, name: str, value: str) -> WorkItemQuerySet:
        """The key's beginning, or words of the title."""
        text = "".join(letter for letter in value if letter.isprintable()).strip()
        if not text:
            return items
        return items.filter(Q(key__istartswith=text) | Q(title__icontains=text))

    def in_state(self, items: WorkItemQuerySet, name: str, value: str) -> WorkItemQuerySet:
        """One state, or all that are not over."""
        return items.filter(state__in=STATES[value][1])

    def with_evidence(self, items: WorkItemQuerySet, name: str, value: bool) -> WorkItemQuerySet:  # noqa: FBT001 (django-filter's shape)
        """Those support built a pack for."""
        return items.filter(Exists(EvidencePack.objects.filter(work_item=OuterRef("pk"))))


def page_filter(form: forms.Form) -> forms.Form:
    """The filter's form as the page offers it: development's teams only, fewer fields."""
    teams = form.fields["team"]
    teams.queryset = teams.queryset.filter(side=Side.DEVELOPMENT)  # type: ignore[attr-defined]  # a choice field
    return form
