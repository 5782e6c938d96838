"""What lists of development can be narrowed to: one filter for a list's page and API."""

from typing import cast

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Team
from accounts.roles import Side
from catalogue.models import Component, Service
from core.choices import visible_choices
from core.wording import printable
from devlink.models import EvidencePack, InvolvementEvent, Sprint, Tracker, WorkItem
from devlink.models.involvement import InvolvementQuerySet
from devlink.models.work import WorkItemQuerySet
from devlink.workflow import WORK_ITEM
from problems.models import Problem

SOURCES = [("system", "By the system"), ("hand", "By hand")]
TAKING_PART = [("yes", "Took part"), ("no", "Did not take part")]
STATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "open": ("Open", tuple(WORK_ITEM.in_category("open") + WORK_ITEM.in_category("discovery"))),
    **{state.name: (state.label, (state.name,)) for state in WORK_ITEM.states.values()},
}


class InvolvementFilter(filters.FilterSet):
    """Every parameter is optional."""

    stage = filters.ChoiceFilter(
        label="Stage", choices=InvolvementEvent.Stage.choices, empty_label="Every stage"
    )
    kind = filters.ChoiceFilter(
        label="Kind", choices=InvolvementEvent.Kind.choices, empty_label="Every kind"
    )
    side = filters.ChoiceFilter(
        label="Side", field_name="actor_side", choices=Side.choices, empty_label="Both sides"
    )
    source = filters.ChoiceFilter(
        label="Source", choices=SOURCES, method="from_source", empty_label="Every source"
    )
    part = filters.ChoiceFilter(
        label="Taking part", choices=TAKING_PART, method="taking_part", empty_label="All acts"
    )
    service = filters.ModelChoiceFilter(
        label="Service",
        queryset=visible_choices(Service),
        method="about_service",
        empty_label="All services",
    )
    since = filters.DateFilter(
        label="From",
        field_name="at",
        lookup_expr="date__gte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = filters.DateFilter(
        label="To",
        field_name="at",
        lookup_expr="date__lte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    sprint = filters.NumberFilter(label="Sprint", field_name="sprint")
    work_item = filters.NumberFilter(label="Work item", field_name="work_item")
    release = filters.NumberFilter(label="Release", field_name="release")

    class Meta:
        model = InvolvementEvent
        fields: list[str] = []

    def from_source(
        self, rows: QuerySet[InvolvementEvent], name: str, value: str
    ) -> QuerySet[InvolvementEvent]:
        """Noted by the system, or written down by somebody."""
        return rows.filter(by_system=value == "system")

    def taking_part(
        self, rows: QuerySet[InvolvementEvent], name: str, value: str
    ) -> QuerySet[InvolvementEvent]:
        """Being told, looking, being briefed and being absent are not taking part."""
        involving = InvolvementEvent.INVOLVING
        if value == "yes":
            return rows.filter(kind__in=involving)
        return rows.exclude(kind__in=involving)

    def about_service(
        self, rows: InvolvementQuerySet, name: str, value: Service
    ) -> InvolvementQuerySet:
        """About something of the service."""
        return rows.of_service(value)


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
        text = printable(value)
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
