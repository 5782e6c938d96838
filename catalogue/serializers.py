"""How services and components look over the API."""

from typing import Any

from rest_framework import serializers

from catalogue.models import Component, IntakeForm, Service


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


class IntakeFormSerializer(serializers.ModelSerializer[IntakeForm]):
    """A form: what is asked now, and the draft of what will be."""

    version: Any = serializers.IntegerField(source="current.number", default=None, read_only=True)
    definition: Any = serializers.JSONField(
        source="current.definition", default=None, read_only=True
    )

    class Meta:
        model = IntakeForm
        fields = ("id", "name", "service", "version", "definition", "draft", "updated_at")
        read_only_fields = ("updated_at", "draft")


class DraftInput(serializers.Serializer[Any]):
    """Another draft: sections of fields."""

    definition = serializers.JSONField()
