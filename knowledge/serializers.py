"""The shape of articles and of what their steps are told."""

from typing import Any

from rest_framework import serializers

from catalogue.models import Component
from knowledge.models import LONGEST_TEXT, Article, Audience, Feedback, Governance, Revision
from knowledge.permissions import allowed_steps


class ArticleSerializer(serializers.ModelSerializer[Article]):
    """An article and the steps the person may take now."""

    reference = serializers.CharField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    allowed_steps = serializers.SerializerMethodField()

    class Meta:
        model = Article
        fields = (
            "id", "reference", "url", "title", "confidence", "audience", "governance", "issue",
            "environment", "cause", "resolution", "components", "owner", "revision_number",
            "valid_from_release", "valid_to_release", "created_at", "updated_at", "validated_at",
            "version", "allowed_steps",
        )  # fmt: skip
        read_only_fields = fields

    def get_allowed_steps(self, article: Article) -> list[str]:
        """Names of the steps, as used in the addresses of their endpoints."""
        return [step.name for step in allowed_steps(self.context["request"].user, article)]


class ArticleInput(serializers.Serializer[Any]):
    """What an article says and whom it is for."""

    title = serializers.CharField(max_length=200)
    issue = serializers.CharField(max_length=LONGEST_TEXT)
    environment = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TEXT)
    cause = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TEXT)
    resolution = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TEXT)
    components = serializers.PrimaryKeyRelatedField(
        queryset=Component.objects.order_by("pk"), many=True, required=False
    )
    audience = serializers.ChoiceField(choices=Audience.choices, required=False)
    governance = serializers.ChoiceField(choices=Governance.choices, required=False)
    valid_from_release = serializers.CharField(required=False, allow_blank=True, max_length=40)
    valid_to_release = serializers.CharField(required=False, allow_blank=True, max_length=40)
    note = serializers.CharField(required=False, allow_blank=True, max_length=250)


class EditInput(ArticleInput):
    """The version that was read, and the fields to change."""

    version = serializers.IntegerField(min_value=1)


class ReasonInput(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=2000)


class OptionalReasonInput(serializers.Serializer[Any]):
    """Why, if there is more to say."""

    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class FeedbackInput(serializers.Serializer[Any]):
    """A reader's verdict."""

    helpful = serializers.BooleanField()
    comment = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class FeedbackSerializer(serializers.ModelSerializer[Feedback]):
    """What a reader said."""

    class Meta:
        model = Feedback
        fields = ("person", "side", "helpful", "comment", "created_at")
        read_only_fields = fields


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    """What the article said once."""

    class Meta:
        model = Revision
        fields = (
            "number", "title", "issue", "environment", "cause", "resolution", "author",
            "author_side", "note", "created_at",
        )  # fmt: skip
        read_only_fields = fields
