"""The shape of major incidents in the API, and of what their steps are told."""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.models import Person
from catalogue.models import Component
from core.rest import VisibleField
from incidents.models import Ticket
from majors.models import (
    AffectedComponent,
    FollowUp,
    MajorIncident,
    MajorRole,
    Review,
    StatusUpdate,
    UpdateTemplate,
    UpdateText,
)
from majors.permissions import allowed_steps
from majors.workflow import AUDIENCES, COMPONENT_STATUSES, ROLES, STATUS
from problems.models import Problem
from problems.part_serializers import ReviewTextsInput


class AffectedSerializer(serializers.ModelSerializer[AffectedComponent]):
    """A component and how it stands."""

    class Meta:
        model = AffectedComponent
        fields = ("component", "status", "changed_at")


class RoleSerializer(serializers.ModelSerializer[MajorRole]):
    """Who held a role, from when to when."""

    class Meta:
        model = MajorRole
        fields = ("role", "person", "started_at", "ended_at")


class TextSerializer(serializers.ModelSerializer[UpdateText]):
    """What one audience was told."""

    class Meta:
        model = UpdateText
        fields = ("audience", "body")


class UpdateSerializer(serializers.ModelSerializer[StatusUpdate]):
    """An update with its texts."""

    texts = TextSerializer(many=True, read_only=True)

    class Meta:
        model = StatusUpdate
        fields = ("id", "status", "author", "posted_at", "next_update_due_at", "texts")


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """The post-incident review."""

    class Meta:
        model = Review
        fields = (
            "summary", "causes", "went_well", "went_wrong", "lessons", "problem", "written_at",
            "published_at", "published_by",
        )  # fmt: skip


class MajorSerializer(serializers.ModelSerializer[MajorIncident]):
    """A major incident with its roles, components and updates."""

    reference = serializers.CharField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    affected = AffectedSerializer(many=True, read_only=True)
    roles = RoleSerializer(many=True, read_only=True)
    updates = UpdateSerializer(many=True, read_only=True)
    review = ReviewSerializer(read_only=True)
    allowed_steps = serializers.SerializerMethodField()

    class Meta:
        model = MajorIncident
        fields = (
            "id", "reference", "url", "ticket", "state", "status", "headline", "why",
            "business_impact", "decision_reason", "proposed_by", "proposed_at", "decided_by",
            "decided_at", "began_at", "restored_at", "next_update_due_at", "affected", "roles",
            "updates", "review", "allowed_steps",
        )  # fmt: skip

    def get_allowed_steps(self, major: MajorIncident) -> list[str]:
        """Names of the steps, as in the addresses of their endpoints."""
        return [step.name for step in allowed_steps(self.context["request"].user, major)]


class FollowUpSerializer(serializers.ModelSerializer[FollowUp]):
    """Something to be done."""

    class Meta:
        model = FollowUp
        fields = (
            "id", "major", "title", "state", "assignee", "priority", "due_on", "link", "note",
            "created_at", "settled_at",
        )  # fmt: skip


class UpdateTemplateSerializer(serializers.ModelSerializer[UpdateTemplate]):
    """What an update of a status begins with for an audience."""

    class Meta:
        model = UpdateTemplate
        fields = ("status", "audience", "body")
        # One that is there is written anew.
        validators: ClassVar[list[Any]] = []


class ProposeInput(serializers.Serializer[Any]):
    """Which ticket, and why."""

    ticket = VisibleField(Ticket)
    why = serializers.CharField(max_length=2_000)


class ComponentInput(serializers.Serializer[Any]):
    """A component and how it stands."""

    component = VisibleField(Component)
    status = serializers.ChoiceField(choices=COMPONENT_STATUSES)


class AcceptInput(serializers.Serializer[Any]):
    """What is told, and what it means. Without components the ticket's own is affected."""

    headline = serializers.CharField(max_length=160)
    business_impact = serializers.CharField(max_length=20_000)
    components = ComponentInput(many=True, required=False)

    def validate_components(self, rows: list[dict[str, Any]]) -> dict[Component, str]:
        """Status by component, as the action takes it."""
        return {row["component"]: row["status"] for row in rows}


class ReasonInput(serializers.Serializer[Any]):
    """Why not."""

    reason = serializers.CharField(max_length=2_000)


class UpdateInput(serializers.Serializer[Any]):
    """An update: a text for at least one audience."""

    status = serializers.ChoiceField(choices=STATUS.choices)
    texts = serializers.DictField(child=serializers.CharField(max_length=5_000, allow_blank=True))
    next_update_due_at = serializers.DateTimeField(required=False, allow_null=True)

    def validate_texts(self, texts: dict[str, str]) -> dict[str, str]:
        """Only known audiences."""
        known = [name for name, _ in AUDIENCES]
        if unknown := sorted(set(texts) - set(known)):
            raise serializers.ValidationError(
                f"{unknown[0]} is no audience; there are {', '.join(known)}."
            )
        return texts


class RoleInput(serializers.Serializer[Any]):
    """Who does what."""

    role = serializers.ChoiceField(choices=ROLES)
    person = VisibleField(Person)


class ReportsInput(serializers.Serializer[Any]):
    """Tickets that report it."""

    tickets = VisibleField(Ticket, many=True)


class NoteInput(serializers.Serializer[Any]):
    """A line of the timeline."""

    text = serializers.CharField(max_length=2_000)


class ReviewInput(ReviewTextsInput):
    """What the review says; what is left out stays as it is."""

    problem = VisibleField(Problem, required=False, allow_null=True)


class StandingSerializer(serializers.Serializer[Any]):
    """A component or service and how it stands."""

    name = serializers.CharField()
    status = serializers.CharField()


class ServiceStandingSerializer(StandingSerializer):
    """A service with its components."""

    components = StandingSerializer(many=True)


class PublicUpdateSerializer(serializers.Serializer[Any]):
    """One text for the public."""

    status = serializers.CharField()
    posted_at = serializers.DateTimeField()
    body = serializers.CharField()


class PublicIncidentSerializer(serializers.Serializer[Any]):
    """A major incident as the public reads it."""

    number = serializers.IntegerField()
    headline = serializers.CharField()
    status = serializers.CharField()
    began_at = serializers.DateTimeField(allow_null=True)
    restored_at = serializers.DateTimeField(allow_null=True)
    next_update_due_at = serializers.DateTimeField(allow_null=True)
    components = serializers.ListField(child=serializers.CharField())
    updates = PublicUpdateSerializer(many=True)


class StatusPageSerializer(serializers.Serializer[Any]):
    """How every service stands."""

    status = serializers.CharField()
    sentence = serializers.CharField()
    as_of = serializers.DateTimeField()
    services = ServiceStandingSerializer(many=True)
    ongoing = PublicIncidentSerializer(many=True)
    past = PublicIncidentSerializer(many=True)
