"""What the ledger can be narrowed to, on the page and in the API."""

import django_filters as filters
from django import forms
from django.db.models import QuerySet

from accounts.roles import Side
from catalogue.models import Service
from core.choices import visible_choices
from devlink.models import InvolvementEvent
from devlink.models.involvement import InvolvementQuerySet

SOURCES = [("system", "By the system"), ("hand", "By hand")]
TAKING_PART = [("yes", "Took part"), ("no", "Did not take part")]


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
