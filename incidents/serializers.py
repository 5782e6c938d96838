"""The shape of tickets and of what steps are told."""

from typing import Any

from rest_framework import serializers

from accounts.models import Organisation, Person, Team
from catalogue.models import Component, PolicyTarget, Service
from core.rest import AnswersField, VisibleField
from incidents.custom_fields import custom_values
from incidents.models import (
    Attachment,
    Channel,
    CsatReason,
    CsatSurvey,
    Message,
    PortalSession,
    StatusInterval,
    Ticket,
)
from incidents.models.ticket import Level, Priority
from incidents.people import MOST_TOGETHER
from incidents.permissions import allowed_steps
from incidents.workflow import PENDING_REASONS, RESOLUTION_CODES
from knowledge.models import Article


class NamedField(serializers.Serializer[Any]):
    """A record in brief."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class CopyToField(serializers.ListField):
    """People to put in copy, by name or e-mail address."""

    child = serializers.CharField(max_length=420)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MOST_TOGETHER, **kwargs)


class TicketSerializer(serializers.ModelSerializer[Ticket]):
    """A ticket in a list."""

    reference = serializers.CharField(read_only=True)
    number = serializers.IntegerField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    state_label = serializers.CharField(read_only=True)
    requester = NamedField(read_only=True)
    organisation = NamedField(read_only=True)
    assignee = NamedField(read_only=True)
    team = NamedField(read_only=True)
    component = NamedField(read_only=True)

    class Meta:
        model = Ticket
        fields = (
            "id", "reference", "number", "url", "kind", "title", "state", "state_label",
            "state_category", "priority", "requester", "organisation", "assignee", "team",
            "component", "created_at", "updated_at", "first_response_due_at",
            "next_response_due_at", "resolution_due_at", "due_at", "next_target",
        )  # fmt: skip

    def to_representation(self, instance: Ticket) -> dict[str, Any]:
        """What teams promise each other is not for requesters."""
        shown = super().to_representation(instance)
        if instance.next_target == PolicyTarget.Kind.OWNERSHIP:
            request = self.context.get("request")
            if request is None or not request.user.is_staff_member:
                shown |= {"due_at": None, "next_target": ""}
        return shown


class TicketDetailSerializer(TicketSerializer):
    """A ticket with every field, and the steps the person may take now."""

    service = NamedField(read_only=True)
    affected_users = NamedField(many=True, read_only=True)
    resolution_number = serializers.IntegerField(read_only=True)
    allowed_steps = serializers.SerializerMethodField()
    custom_fields = serializers.SerializerMethodField()
    custom_fields_edit = serializers.SerializerMethodField()

    class Meta:
        model = Ticket
        fields = (
            *TicketSerializer.Meta.fields, "description", "affected_users", "channel", "service",
            "category", "impact", "urgency", "severity", "pending_reason", "version_seen",
            "resolution_code", "resolution_text", "csat_score", "csat_comment", "merged_into",
            "assigned_at", "first_response_at", "resolved_at", "closed_at",
            "reassignment_count", "reopen_count", "resolution_number",
            "first_contact_resolution", "source", "source_number", "version", "allowed_steps",
            "custom_fields", "custom_fields_edit",
        )  # fmt: skip

    def get_custom_fields(self, ticket: Ticket) -> dict[str, Any]:
        """The service's custom fields by key, typed."""
        return custom_values(self.context["request"].user, ticket)[0]

    def get_custom_fields_edit(self, ticket: Ticket) -> int:
        """The edit the custom fields are at; send it back with a change of them."""
        return custom_values(self.context["request"].user, ticket)[1]

    def get_allowed_steps(self, ticket: Ticket) -> list[str]:
        """Names of the steps, as used in the addresses of their endpoints."""
        return [step.name for step in allowed_steps(self.context["request"].user, ticket)]


class OpenTicketInput(serializers.Serializer[Any]):
    """What opens a ticket. Requesters open for themselves and leave routing to the desk.

    Files of custom fields go along as multipart/form-data: `custom_fields` as JSON text, and each
    file as a part named `custom_fields.<key>`. `copy_to` names people in copy.
    """

    kind = serializers.ChoiceField(choices=["incident", "service_request"], default="incident")
    title = serializers.CharField(max_length=250)
    description = serializers.CharField(required=False, allow_blank=True, max_length=200_000)
    requester = VisibleField(Person, required=False)
    affected_users = VisibleField(Person, many=True, required=False)
    organisation = VisibleField(Organisation, required=False, allow_null=True)
    channel = serializers.ChoiceField(choices=Channel.choices, default=Channel.API)
    service = VisibleField(Service, required=False, allow_null=True)
    component = VisibleField(Component, required=False, allow_null=True)
    category = serializers.CharField(required=False, allow_blank=True, max_length=80)
    impact = serializers.ChoiceField(choices=Level.choices, required=False)
    urgency = serializers.ChoiceField(choices=Level.choices, required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    severity = serializers.ChoiceField(choices=Level.choices, required=False)
    team = VisibleField(Team, required=False, allow_null=True)
    assignee = VisibleField(Person, required=False, allow_null=True)
    version_seen = serializers.CharField(required=False, allow_blank=True, max_length=60)
    source = serializers.CharField(  # type: ignore[assignment]  # the ticket's source, not the field's
        required=False, allow_blank=True, max_length=60
    )
    source_number = serializers.CharField(required=False, allow_blank=True, max_length=80)
    custom_fields = AnswersField(required=False)
    copy_to = CopyToField(required=False)
    outside_confirmed = serializers.BooleanField(required=False)


class EditTicketInput(serializers.Serializer[Any]):
    """What may be edited, and the version that was read."""

    version = serializers.IntegerField(min_value=1)
    title = serializers.CharField(max_length=250, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=200_000)
    organisation = VisibleField(Organisation, required=False, allow_null=True)
    channel = serializers.ChoiceField(choices=Channel.choices, required=False)
    service = VisibleField(Service, required=False, allow_null=True)
    component = VisibleField(Component, required=False, allow_null=True)
    category = serializers.CharField(required=False, allow_blank=True, max_length=80)
    impact = serializers.ChoiceField(choices=Level.choices, required=False)
    urgency = serializers.ChoiceField(choices=Level.choices, required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    severity = serializers.ChoiceField(choices=Level.choices, required=False, allow_null=True)
    version_seen = serializers.CharField(required=False, allow_blank=True, max_length=60)
    affected_users = VisibleField(Person, many=True, required=False)
    custom_fields = AnswersField(required=False)
    custom_fields_edit = serializers.IntegerField(min_value=0, required=False)


class AssignInput(serializers.Serializer[Any]):
    """A person, a team, or both."""

    assignee = VisibleField(Person, required=False, allow_null=True)
    team = VisibleField(Team, required=False, allow_null=True)


class HoldInput(serializers.Serializer[Any]):
    """Why it waits."""

    reason = serializers.ChoiceField(choices=PENDING_REASONS)


class NoteInput(serializers.Serializer[Any]):
    """A word on the step; empty where the step needs none."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=100_000, default="")


class OfferFixInput(NoteInput):
    """The release that holds the fix."""

    release = serializers.CharField(max_length=80)


class ResolveInput(serializers.Serializer[Any]):
    """How it was resolved."""

    code = serializers.ChoiceField(choices=RESOLUTION_CODES)
    text = serializers.CharField(max_length=100_000)


class RateInput(serializers.Serializer[Any]):
    """How satisfied the requester is, 1 to 5; `resolution` is the one they were asked about."""

    score = serializers.IntegerField(min_value=1, max_value=5)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=2_000, default="")
    reason = VisibleField(CsatReason, required=False, allow_null=True)
    resolution = serializers.IntegerField(required=False, min_value=1)
    via = serializers.HiddenField(default=CsatSurvey.Via.API)


class RatingSerializer(serializers.ModelSerializer[CsatSurvey]):
    """What a requester was asked about one resolution, and said; `counts` is the last rating."""

    reason = serializers.CharField(source="reason.label", default="", read_only=True)
    counts = serializers.BooleanField(read_only=True)

    class Meta:
        model = CsatSurvey
        fields = (
            "resolution", "asked_at", "answered_at", "score", "comment", "reason", "via", "counts",
        )  # fmt: skip


class LinkArticleInput(serializers.Serializer[Any]):
    """An article that was used."""

    article = VisibleField(Article)


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    """A file of a message; its address follows from the token."""

    class Meta:
        model = Attachment
        fields = ("token", "name", "content_type", "size", "sha256")


class MessageSerializer(serializers.ModelSerializer[Message]):
    """One message of the conversation; `ticket` is another one when an answer came too late.

    One with `split_from` is what the ticket, split off that one, begins with: its description.
    """

    author = NamedField(read_only=True)
    attachments = AttachmentSerializer(many=True, read_only=True)

    class Meta:
        model = Message
        fields = (
            "id", "ticket", "merged_from", "split_from", "author", "kind", "body", "channel",
            "created_at", "attachments",
        )  # fmt: skip


class ReplyInput(serializers.Serializer[Any]):
    """A public reply, an internal note or a question to the developers.

    `then` is empty, `start`, `wait:<reason>` or `resolve:<code>`. `seen` is the newest message that
    was read: 409 when somebody else wrote after it. `with_draft` sends the files of one's draft
    along and ends it. `copies` (numbers) and `copy_to` (names or e-mail addresses) are put in copy
    with a public reply.
    """

    body = serializers.CharField(max_length=200_000, allow_blank=True)
    kind = serializers.ChoiceField(choices=Message.Kind.choices, default=Message.Kind.PUBLIC)
    then = serializers.CharField(required=False, allow_blank=True, max_length=40)
    seen = serializers.IntegerField(required=False, min_value=0)
    copies = VisibleField(Person, many=True, required=False)
    copy_to = CopyToField(required=False)
    outside_confirmed = serializers.BooleanField(required=False)
    with_draft = serializers.BooleanField(required=False)


class StatusIntervalSerializer(serializers.ModelSerializer[StatusInterval]):
    """A stretch of time in one state."""

    class Meta:
        model = StatusInterval
        fields = ("state", "category", "reason", "started_at", "ended_at")


class PortalSessionSerializer(serializers.ModelSerializer[PortalSession]):
    """What was typed, the article or workaround opened, and the contact that followed, if any."""

    class Meta:
        model = PortalSession
        fields = (
            "id", "text", "suggested", "article", "opened_at", "workaround_at", "ticket",
            "contact_at", "started_at",
        )  # fmt: skip


class SimilarSerializer(serializers.Serializer[Any]):
    """A similar ticket, how similar, whether a likely `duplicate`, why, and how it was solved."""

    ticket = TicketSerializer()
    score = serializers.FloatField()
    kind = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())
    resolution = serializers.CharField(source="ticket.resolution_text")
