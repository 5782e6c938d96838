"""The shape of changes and of what their steps are told."""

from typing import Any

from rest_framework import serializers

from catalogue.models import Component
from changes.models import Change, ChangeTicket, ClusterSuspect
from changes.permissions import allowed_steps
from changes.workflow import OUTCOMES
from core.rest import VisibleField
from incidents.models import Ticket
from incidents.models.ticket import Level
from problems.models import Problem


class ChangeSerializer(serializers.ModelSerializer[Change]):
    """A change and the steps the person may take now."""

    reference = serializers.CharField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    state_label = serializers.CharField(read_only=True)
    allowed_steps = serializers.SerializerMethodField()

    class Meta:
        model = Change
        fields = (
            "id", "reference", "url", "title", "description", "type", "state", "state_label",
            "outcome", "risk", "impact", "components", "problem", "requester", "implementer",
            "authorised_by", "implementation_plan", "backout_plan", "test_plan", "planned_start",
            "planned_end", "started_at", "ended_at", "review", "created_at", "closed_at",
            "allowed_steps",
        )  # fmt: skip

    def get_allowed_steps(self, change: Change) -> list[str]:
        """Names of the steps, as used in the addresses of their endpoints."""
        return [step.name for step in allowed_steps(self.context["request"].user, change)]


class SuspectPartsSerializer(serializers.Serializer[Any]):
    """The four parts of a score, each from 0 to 1."""

    recency = serializers.FloatField()
    component = serializers.FloatField()
    text = serializers.FloatField()
    surge = serializers.FloatField()


class ClusterSuspectSerializer(serializers.ModelSerializer[ClusterSuspect]):
    """A change shortly before a cluster began; `score` is from 0 to 1."""

    reference = serializers.CharField(source="change.reference", read_only=True)
    title = serializers.CharField(source="change.title", read_only=True)
    parts = SuspectPartsSerializer(read_only=True)

    class Meta:
        model = ClusterSuspect
        fields = (
            "id", "cluster", "change", "reference", "title", "minutes_before", "score", "parts",
        )  # fmt: skip


class ChangeInput(serializers.Serializer[Any]):
    """What a draft says."""

    title = serializers.CharField(max_length=200)
    type = serializers.ChoiceField(choices=Change.Type.choices, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=50_000)
    risk = serializers.ChoiceField(choices=Level.choices, required=False)
    impact = serializers.ChoiceField(choices=Level.choices, required=False)
    components = serializers.PrimaryKeyRelatedField(
        queryset=Component.objects.order_by("pk"), many=True, required=False
    )
    implementation_plan = serializers.CharField(required=False, allow_blank=True, max_length=50_000)
    backout_plan = serializers.CharField(required=False, allow_blank=True, max_length=50_000)
    test_plan = serializers.CharField(required=False, allow_blank=True, max_length=50_000)
    planned_start = serializers.DateTimeField(required=False, allow_null=True)
    planned_end = serializers.DateTimeField(required=False, allow_null=True)


class NewChangeInput(ChangeInput):
    """A new draft, with the tickets it is made for."""

    tickets = VisibleField(Ticket, many=True, required=False)


class TicketsInput(serializers.Serializer[Any]):
    """Tickets the change is made for too."""

    tickets = VisibleField(Ticket, many=True)


class TicketInput(serializers.Serializer[Any]):
    """One ticket."""

    ticket = VisibleField(Ticket)


class ChangeTicketSerializer(serializers.ModelSerializer[ChangeTicket]):
    """A ticket the change is made for."""

    reference = serializers.CharField(source="ticket.reference", read_only=True)
    title = serializers.CharField(source="ticket.title", read_only=True)

    class Meta:
        model = ChangeTicket
        fields = ("id", "ticket", "reference", "title", "created_at")


class NoteInput(serializers.Serializer[Any]):
    """Why."""

    note = serializers.CharField(max_length=10_000)


class ProblemInput(serializers.Serializer[Any]):
    """A problem by number."""

    problem = VisibleField(Problem)


class CloseInput(serializers.Serializer[Any]):
    """The outcome and the review."""

    outcome = serializers.ChoiceField(choices=OUTCOMES)
    review = serializers.CharField(required=False, allow_blank=True, max_length=50_000, default="")
