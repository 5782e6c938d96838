"""What a list of changes can be narrowed to, on the page and in the API."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpRequest

from catalogue.models import Component, Service
from changes.models import Change, ChangeQuerySet
from changes.workflow import CHANGE


def _visible(model: Any) -> Any:
    def rows(request: HttpRequest | None) -> QuerySet[Any]:
        visible: QuerySet[Any] = model.objects.none()
        return visible if request is None else model.objects.visible_to(request.user)

    return rows


class ChangeFilter(filters.FilterSet):
    """Every parameter is optional."""

    q = filters.CharFilter(label="Words or number", method="find", max_length=200)
    state = filters.ChoiceFilter(label="State", choices=CHANGE.choices)
    type = filters.ChoiceFilter(label="Type", choices=Change.Type.choices)
    service = filters.ModelChoiceFilter(
        label="Service", queryset=_visible(Service), method="of_service"
    )
    component = filters.ModelChoiceFilter(
        label="Component", queryset=_visible(Component), field_name="components"
    )

    class Meta:
        model = Change
        fields: list[str] = []

    def find(self, changes: ChangeQuerySet, name: str, value: str) -> ChangeQuerySet:
        """Words of the title or a reference."""
        text = "".join(c for c in value if c.isprintable()).strip()
        return changes.search(text) if text else changes

    def of_service(self, changes: ChangeQuerySet, name: str, value: Service) -> ChangeQuerySet:
        """Touching any component of a service."""
        return changes.filter(components__service=value).distinct()
