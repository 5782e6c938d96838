"""What lists of the catalogue can be narrowed to."""

import django_filters as filters

from catalogue.models import Component, Service


class ComponentFilter(filters.FilterSet):
    """Components of one service."""

    service = filters.ModelChoiceFilter(label="Service", queryset=Service.objects.order_by("name"))

    class Meta:
        model = Component
        fields: list[str] = []
