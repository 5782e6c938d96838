"""What a list of changes can be narrowed to, on the page and in the API."""

import django_filters as filters

from catalogue.models import Component, Service
from changes.models import Change, ChangeQuerySet, ClusterSuspect
from changes.workflow import CHANGE
from core.choices import visible_choices
from core.wording import printable
from problems.models import Problem


class ChangeFilter(filters.FilterSet):
    """Every parameter is optional."""

    q = filters.CharFilter(label="Words or number", method="find", max_length=200)
    state = filters.ChoiceFilter(label="State", choices=CHANGE.choices)
    type = filters.ChoiceFilter(label="Type", choices=Change.Type.choices)
    service = filters.ModelChoiceFilter(
        label="Service", queryset=visible_choices(Service), method="of_service"
    )
    component = filters.ModelChoiceFilter(
        label="Component", queryset=visible_choices(Component), field_name="components"
    )
    problem = filters.ModelChoiceFilter(label="Problem", queryset=visible_choices(Problem))
    started_after = filters.DateFilter(
        label="Started from", field_name="started_at", lookup_expr="date__gte"
    )

    class Meta:
        model = Change
        fields: list[str] = []

    def find(self, changes: ChangeQuerySet, name: str, value: str) -> ChangeQuerySet:
        """Words of the title or a reference."""
        text = printable(value)
        return changes.search(text) if text else changes

    def of_service(self, changes: ChangeQuerySet, name: str, value: Service) -> ChangeQuerySet:
        """Touching any component of a service."""
        return changes.filter(components__service=value).distinct()


class SuspectFilter(filters.FilterSet):
    """Every parameter is optional."""

    cluster = filters.NumberFilter(label="Cluster", field_name="cluster")
    change = filters.NumberFilter(label="Change", field_name="change")

    class Meta:
        model = ClusterSuspect
        fields: list[str] = []
