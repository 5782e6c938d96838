"""The shape of development work in the API, and of what its steps are told."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from accounts.models import Person, Team
from catalogue.models import Component, Service
from core.rest import VisibleField
from devlink.evidence.reading import readable_content
from devlink.models import (
    Ask,
    Comment,
    Decision,
    EvidencePack,
    FixClaim,
    FixLook,
    LoopObligation,
    Question,
    ReadinessItem,
    Release,
    SignOff,
    Sprint,
    WorkItem,
)
from devlink.permissions import allowed_steps
from devlink.workflow import DECLINE_REASONS
from problems.models import Problem


class StepsMixin(serializers.ModelSerializer[Any]):
    """Adds the steps the person may take now."""

    allowed_steps = serializers.SerializerMethodField()

    def get_allowed_steps(self, record: Any) -> list[str]:
        """Names of the steps, as in the addresses of their endpoints."""
        return [step.name for step in allowed_steps(self.context["request"].user, record)]


class WorkItemSerializer(StepsMixin):
    """A work item."""

    state_label = serializers.CharField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = WorkItem
        fields = (
            "id", "key", "url", "title", "description", "kind", "state", "state_label",
            "component", "team", "assignee", "assignee_name", "sprint", "problem", "cluster",
            "linked_at", "tracker", "external_id", "external_url", "created_at", "committed_at",
            "finished_at", "allowed_steps",
        )  # fmt: skip


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """What somebody said, and for which side."""

    class Meta:
        model = Comment
        fields = ("id", "author", "author_side", "body", "created_at")


class SprintSerializer(StepsMixin):
    """A sprint."""

    state_label = serializers.CharField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Sprint
        fields = (
            "id", "name", "url", "team", "goal", "state", "state_label", "planning_at",
            "starts_on", "ends_on", "started_at", "closed_at", "allowed_steps",
        )  # fmt: skip


class EvidencePackSerializer(serializers.ModelSerializer[EvidencePack]):
    """A frozen pack; its content is sealed by `sha256`.

    Excerpts of tickets the reader may not see are kept back; `content.kept_back` then says how
    many, and only the server can check the seal.
    """

    url = serializers.CharField(source="get_absolute_url", read_only=True)
    content = serializers.SerializerMethodField()

    def get_content(self, pack: EvidencePack) -> dict[str, Any]:
        """What the reader may read of it."""
        return dict(readable_content(pack, self.context["readable"]))

    class Meta:
        model = EvidencePack
        fields = (
            "id", "url", "problem", "cluster", "work_item", "version", "supersedes", "as_of",
            "sha256", "content", "created_by", "created_at",
        )  # fmt: skip


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """A verdict."""

    class Meta:
        model = Decision
        fields = ("id", "verdict", "reason_code", "until", "comment", "person", "created_at")


class QuestionSerializer(serializers.ModelSerializer[Question]):
    """A question and its answer."""

    class Meta:
        model = Question
        fields = (
            "id", "work_item", "ask", "body", "asked_by", "asked_at", "answer", "answered_by",
            "answered_at",
        )  # fmt: skip


class AskSerializer(StepsMixin):
    """An ask with its decisions and questions."""

    state_label = serializers.CharField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    decisions = DecisionSerializer(many=True, read_only=True)
    questions = QuestionSerializer(many=True, read_only=True)
    is_unanswered = serializers.BooleanField(read_only=True)
    unanswered_since = serializers.SerializerMethodField()

    def get_unanswered_since(self, ask: Ask) -> datetime | None:
        """When it was asked, while there is no verdict."""
        return ask.created_at if ask.is_unanswered else None

    class Meta:
        model = Ask
        fields = (
            "id", "url", "problem", "work_item", "sprint", "team", "pack", "points", "rationale",
            "state", "state_label", "is_unanswered", "unanswered_since", "created_by", "created_at",
            "answered_at", "decisions", "questions", "allowed_steps",
        )  # fmt: skip


class ReadinessSerializer(serializers.ModelSerializer[ReadinessItem]):
    """A criterion with its evidence."""

    class Meta:
        model = ReadinessItem
        fields = (
            "id", "release", "key", "label", "blocking", "status", "evidence", "person",
            "updated_at",
        )  # fmt: skip


class SignOffSerializer(serializers.ModelSerializer[SignOff]):
    """A support team's word."""

    class Meta:
        model = SignOff
        fields = ("id", "team", "verdict", "conditions", "person", "created_at")


class ReleaseSerializer(StepsMixin):
    """A release with its contents, readiness and signatures."""

    state_label = serializers.CharField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    work_items = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)
    readiness = ReadinessSerializer(many=True, read_only=True)
    sign_offs = SignOffSerializer(many=True, read_only=True)

    class Meta:
        model = Release
        fields = (
            "id", "url", "version", "name", "service", "state", "state_label", "notes",
            "planned_for", "deployed_at", "support_told_at", "change", "manager", "created_at",
            "work_items", "readiness", "sign_offs", "allowed_steps",
        )  # fmt: skip


class FixLookSerializer(serializers.ModelSerializer[FixLook]):
    """One planned look."""

    class Meta:
        model = FixLook
        fields = ("week", "verdict", "sentence", "result", "created_at")


class FixClaimSerializer(serializers.ModelSerializer[FixClaim]):
    """A shipped fix, its verdict and what it is measured by."""

    state_label = serializers.CharField(read_only=True)
    looks = FixLookSerializer(many=True, read_only=True)
    # How many requesters were told of it, and how many of them say that it is still broken.
    asked = serializers.IntegerField(read_only=True)
    doubts = serializers.IntegerField(read_only=True)
    # The weeks since the release that the figures of incidents avoided are of.
    weeks_judged = serializers.IntegerField(read_only=True)
    # From now to the look that may decide; null when nothing is awaited.
    weeks_to_go = serializers.IntegerField(read_only=True, allow_null=True)
    minutes_avoided = serializers.FloatField(read_only=True, allow_null=True)

    class Meta:
        model = FixClaim
        fields = (
            "id", "cluster", "problem", "work_item", "release", "state", "state_label",
            "deployed_at", "baseline_from", "baseline_to", "sentence", "result",
            "incidents_avoided", "incidents_avoided_low", "incidents_avoided_high",
            "weeks_judged", "weeks_to_go", "minutes_per_ticket", "minutes_avoided", "looked_at",
            "looks", "asked", "doubts",
        )  # fmt: skip


class LoopObligationSerializer(serializers.ModelSerializer[LoopObligation]):
    """One word owed to one person; `told_after` is minutes of working time."""

    class Meta:
        model = LoopObligation
        fields = (
            "id", "work_item", "ticket", "kind", "attempt", "recipient", "release", "outcome",
            "said", "why", "created_at", "available_at", "due_at", "sent_at", "told_after",
            "opened_at", "verified_at",
        )  # fmt: skip


class WorkItemInput(serializers.Serializer[Any]):
    """A new work item."""

    title = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=WorkItem.Kind.choices, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    component = VisibleField(Component, required=False, allow_null=True)
    team = VisibleField(Team, required=False, allow_null=True)
    assignee = VisibleField(Person, required=False, allow_null=True)
    problem = VisibleField(Problem, required=False, allow_null=True)
    sprint = VisibleField(Sprint, required=False, allow_null=True)


class BodyInput(serializers.Serializer[Any]):
    """Something to say."""

    body = serializers.CharField(max_length=20_000)


class ReasonInput(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=2000)


class LinkInput(serializers.Serializer[Any]):
    """The problem an item is to end."""

    problem = VisibleField(Problem)


class PlanInput(serializers.Serializer[Any]):
    """The sprint an item goes into."""

    sprint = VisibleField(Sprint)


class SprintInput(serializers.Serializer[Any]):
    """A sprint to plan."""

    name = serializers.CharField(max_length=80)
    team = VisibleField(Team, required=False, allow_null=True)
    goal = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField(required=False, allow_null=True)
    planning_at = serializers.DateTimeField(required=False, allow_null=True)


class StartSprintInput(serializers.Serializer[Any]):
    """Whether unanswered asks may expire."""

    expire_unanswered = serializers.BooleanField(required=False, default=False)


class PackInput(serializers.Serializer[Any]):
    """What to freeze."""

    problem = VisibleField(Problem)


class AskInput(serializers.Serializer[Any]):
    """What support asks for."""

    problem = VisibleField(Problem)
    sprint = VisibleField(Sprint)
    points = serializers.IntegerField(min_value=1, max_value=100)
    rationale = serializers.CharField(max_length=20_000)
    work_item = VisibleField(WorkItem, required=False, allow_null=True)
    team = VisibleField(Team, required=False, allow_null=True)


class AcceptInput(serializers.Serializer[Any]):
    """A word with a yes."""

    comment = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class DeferInput(AcceptInput):
    """Until when."""

    until = serializers.DateField()


class DeclineInput(AcceptInput):
    """Why not."""

    reason_code = serializers.ChoiceField(choices=DECLINE_REASONS)


class RepeatInput(serializers.Serializer[Any]):
    """Why again."""

    rationale = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class AnswerInput(serializers.Serializer[Any]):
    """Support's answer."""

    answer = serializers.CharField(max_length=20_000)


class ReleaseInput(serializers.Serializer[Any]):
    """A release to plan."""

    version = serializers.CharField(max_length=40)
    name = serializers.CharField(required=False, allow_blank=True, max_length=120)
    service = VisibleField(Service, required=False, allow_null=True)
    planned_for = serializers.DateTimeField(required=False, allow_null=True)
    notes = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class ReleaseItemInput(serializers.Serializer[Any]):
    """What goes in or out."""

    work_item = VisibleField(WorkItem)


class NoteInput(serializers.Serializer[Any]):
    """What support should know."""

    note = serializers.CharField(max_length=1000)


class SignInput(serializers.Serializer[Any]):
    """Support's word."""

    verdict = serializers.ChoiceField(choices=SignOff.Verdict.choices)
    conditions = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    team = VisibleField(Team, required=False, allow_null=True)


class EvidenceInput(serializers.Serializer[Any]):
    """What shows that a criterion is met."""

    evidence = serializers.CharField(max_length=2000)
