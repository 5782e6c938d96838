"""The shape of the ledger in the API."""

from typing import Any

from rest_framework import serializers

from devlink.models import InvolvementEvent


class InvolvementSerializer(serializers.ModelSerializer[InvolvementEvent]):
    """One act of one side on one subject; for what is by hand, `actor` is who wrote it down."""

    subject = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    took_part = serializers.BooleanField(read_only=True)

    class Meta:
        model = InvolvementEvent
        fields = (
            "id", "at", "actor", "actor_side", "stage", "kind", "took_part", "by_system", "note",
            "work_item", "sprint", "release", "change", "article", "subject", "url",
        )  # fmt: skip

    def get_subject(self, row: InvolvementEvent) -> str:
        """What it was about, in words."""
        return str(row.subject)

    def get_url(self, row: InvolvementEvent) -> str:
        """The subject's page."""
        return row.subject.get_absolute_url()


class InvolvementInput(serializers.Serializer[Any]):
    """What support did where this system does not see it, or that it was absent."""

    kind = serializers.ChoiceField(choices=[(k, k.label) for k in InvolvementEvent.BY_HAND])
    stage = serializers.ChoiceField(choices=InvolvementEvent.Stage.choices)
    note = serializers.CharField(max_length=300)
    happened_at = serializers.DateTimeField(required=False)
