"""The shape of trackers in the API, and of what pipelines tell."""

from typing import Any

from rest_framework import serializers

from accounts.models import Team
from catalogue.models import Component
from core.rest import VisibleField
from devlink.models import Tracker, TrackerDelivery
from devlink.models.trackers import offered_kinds
from devlink.serializers.work import StepsMixin


class TrackerChoice(serializers.Serializer[Any]):
    """Which tracker, by its number."""

    tracker = serializers.PrimaryKeyRelatedField(queryset=Tracker.objects.none())

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Only trackers an item can be made in."""
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None and request.user.is_authenticated:
            fields["tracker"] = serializers.PrimaryKeyRelatedField(
                queryset=Tracker.objects.offered_to(request.user)
            )
        return fields


class TrackerSerializer(StepsMixin):
    """A tracker. Token and webhook secret are never read back."""

    state_label = serializers.CharField(read_only=True)
    has_token = serializers.BooleanField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    webhook_path = serializers.CharField(read_only=True)

    class Meta:
        model = Tracker
        fields = (
            "id", "url", "kind", "name", "base_url", "project", "user", "has_token", "team",
            "components", "state", "state_label", "reason", "error", "failures", "not_before",
            "last_sync_at", "webhook_path", "created_at", "allowed_steps",
        )  # fmt: skip


class TrackerEdit(serializers.Serializer[Any]):
    """What may be changed on a tracker; what is left out stays."""

    name = serializers.CharField(max_length=80, required=False)
    base_url = serializers.CharField(max_length=300, required=False, allow_blank=True)
    project = serializers.CharField(max_length=200, required=False, allow_blank=True)
    user = serializers.CharField(max_length=200, required=False, allow_blank=True)
    token = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, write_only=True
    )
    team = VisibleField(Team, required=False)
    components = serializers.DictField(child=VisibleField(Component), required=False)

    def validate_components(self, components: dict[str, Component]) -> dict[str, int]:
        """Component numbers by label."""
        return {label[:200]: component.pk for label, component in components.items()}


class TrackerInput(TrackerEdit):
    """A new tracker."""

    kind = serializers.ChoiceField(choices=[])
    name = serializers.CharField(max_length=80)
    team = VisibleField(Team)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The kinds there are now."""
        return {**super().get_fields(), "kind": serializers.ChoiceField(choices=offered_kinds())}


class WebhookSecret(serializers.Serializer[Any]):
    """A webhook secret: told this once."""

    webhook_secret = serializers.CharField(read_only=True)


class MadeTracker(WebhookSecret):
    """A tracker that was just added, with the secret of its webhooks."""

    tracker = TrackerSerializer(read_only=True)


class Findings(serializers.Serializer[Any]):
    """What is missing for a tracker to work, a sentence each; empty when all is well."""

    missing = serializers.ListField(child=serializers.CharField(), read_only=True)


class TrackerDeliverySerializer(serializers.ModelSerializer[TrackerDelivery]):
    """A delivery, without what it held."""

    class Meta:
        model = TrackerDelivery
        fields = (
            "id", "delivery_id", "event", "state", "attempts", "error", "received_at",
            "settled_at",
        )  # fmt: skip


class DeploymentInput(serializers.Serializer[Any]):
    """What a pipeline tells of a deployment."""

    version = serializers.CharField(max_length=40)
    status = serializers.ChoiceField(choices=["started", "succeeded", "failed"])
    environment = serializers.CharField(max_length=40, default="production")
    at = serializers.DateTimeField(required=False)
    id = serializers.CharField(max_length=80, default="")
    url = serializers.URLField(max_length=300, default="")
