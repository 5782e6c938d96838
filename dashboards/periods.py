"""A period and a service as the API takes them."""

from typing import Any

from rest_framework import serializers

from catalogue.models import Service
from dashboards.proactivity import PERIODS


class PeriodInput(serializers.Serializer[Any]):
    """Which days, and one service or all."""

    days = serializers.ChoiceField(choices=list(PERIODS.items()), default=90)
    service = serializers.PrimaryKeyRelatedField(
        queryset=Service.objects.order_by("pk"), required=False, allow_null=True
    )
