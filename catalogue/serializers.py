"""How services and components look over the API."""

from typing import Any

from rest_framework import serializers

from catalogue.models import Component, Service


class ServiceSerializer(serializers.ModelSerializer[Service]):
    """A service and who owns it on either side."""

    class Meta:
        model = Service
        fields = (
            "id",
            "name",
            "key",
            "description",
            "support_team",
            "support_owner",
            "development_owner",
        )


class ComponentSerializer(serializers.ModelSerializer[Component]):
    """A component, its service, and who owns it on either side."""

    service_name: Any = serializers.CharField(source="service.name", read_only=True)

    class Meta:
        model = Component
        fields = (
            "id",
            "name",
            "key",
            "description",
            "service",
            "service_name",
            "support_team",
            "development_team",
            "support_owner",
            "development_owner",
        )
