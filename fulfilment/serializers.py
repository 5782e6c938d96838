"""The shape of the request catalogue, of approvals and of plans over the API."""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.models import Organisation, Person, Team
from catalogue.models import BusinessCalendar, IntakeForm, Service
from core.rest import AnswersField, VisibleField
from fulfilment.models import (
    Approval,
    ApprovalRule,
    Approver,
    PlanRule,
    PlanTask,
    RequestItem,
    Vote,
)
from incidents.serializers import CopyToField


class ItemSerializer(serializers.ModelSerializer[RequestItem]):
    """Something that may be asked for; `definition` is what it asks."""

    service = VisibleField(Service)
    form = VisibleField(IntakeForm, required=False, allow_null=True)
    organisations = VisibleField(Organisation, many=True, required=False)
    definition = serializers.SerializerMethodField()

    class Meta:
        model = RequestItem
        fields = (
            "id", "name", "service", "category", "icon", "summary", "description", "audience",
            "organisations", "form", "definition", "expected_days", "is_active",
        )  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"name": {"validators": []}}

    def get_definition(self, item: RequestItem) -> Any:
        """Sections and fields as they are asked now; what only the desk is asked is left out."""
        if item.form is None or item.form.current is None:
            return None
        definition = item.form.current.definition
        if self.context["request"].user.is_staff_member:
            return definition
        sections = [
            {**one, "fields": [f for f in one["fields"] if not f.get("staff_only")]}
            for one in definition["sections"]
        ]
        return {"sections": sections}


class RequestInput(serializers.Serializer[Any]):
    """What is answered, for whom, and a note.

    Files go with the request as multipart/form-data: `answers` as JSON text, and each file as a
    part named `answers.<key>`. What is wrong is said at `answers`, then the field's key.
    """

    answers = AnswersField(required=False)
    requester = VisibleField(Person, required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    copy_to = CopyToField(required=False)


class ApprovalRuleSerializer(serializers.ModelSerializer[ApprovalRule]):
    """One approval step of an item. Hours are working hours of `calendar`, or plain without one."""

    item = VisibleField(RequestItem)
    people = VisibleField(Person, many=True, required=False)
    team = VisibleField(Team, required=False, allow_null=True)
    calendar = VisibleField(BusinessCalendar, required=False, allow_null=True)

    class Meta:
        model = ApprovalRule
        fields = (
            "id", "item", "position", "label", "asks", "people", "team", "role", "quorum",
            "count", "percent", "calendar", "due_hours", "remind_hours", "on_timeout",
        )  # fmt: skip
        read_only_fields = ("position",)


class PlanRuleSerializer(serializers.ModelSerializer[PlanRule]):
    """One task of an item's plan."""

    item = VisibleField(RequestItem)
    team = VisibleField(Team, required=False, allow_null=True)

    class Meta:
        model = PlanRule
        fields = (
            "id", "item", "position", "title", "instructions", "team", "after", "required",
            "due_hours",
        )  # fmt: skip
        read_only_fields = ("position",)


class MoveInput(serializers.Serializer[Any]):
    """Which way."""

    up = serializers.BooleanField()


class VoteSerializer(serializers.ModelSerializer[Vote]):
    """What somebody decided."""

    person = serializers.CharField(source="person.name", read_only=True)

    class Meta:
        model = Vote
        fields = ("person", "verdict", "comment", "at")


class ApproverSerializer(serializers.ModelSerializer[Approver]):
    """Somebody who is asked."""

    person = serializers.CharField(source="person.name", read_only=True)
    delegated_to = serializers.CharField(source="delegated_to.name", default=None, read_only=True)

    class Meta:
        model = Approver
        fields = ("person", "delegated_to", "because")


class ApprovalSerializer(serializers.ModelSerializer[Approval]):
    """One step of a request's approval with its votes."""

    ticket = serializers.IntegerField(source="request.ticket_id", read_only=True)
    item = serializers.CharField(source="request.item.name", read_only=True)
    requester = serializers.CharField(source="request.ticket.requester.name", read_only=True)
    approvers = ApproverSerializer(many=True, read_only=True)
    votes = VoteSerializer(many=True, read_only=True)

    class Meta:
        model = Approval
        fields = (
            "id", "ticket", "item", "requester", "position", "label", "state", "quorum", "count",
            "percent", "calendar", "asked_at", "remind_at", "due_at", "settled_at", "approvers",
            "votes",
        )  # fmt: skip


class CommentInput(serializers.Serializer[Any]):
    """A word with the vote; a rejection needs one."""

    comment = serializers.CharField(required=False, allow_blank=True, max_length=5000, default="")


class DelegateInput(serializers.Serializer[Any]):
    """Who decides instead."""

    to = VisibleField(Person)


class PlanTaskSerializer(serializers.ModelSerializer[PlanTask]):
    """One task of a request's plan."""

    ticket = serializers.IntegerField(source="request.ticket_id", read_only=True)

    class Meta:
        model = PlanTask
        fields = (
            "id", "ticket", "position", "title", "instructions", "team", "assignee", "after",
            "required", "state", "reason", "ready_at", "due_at", "done_at", "done_by",
        )  # fmt: skip


class SkipInput(serializers.Serializer[Any]):
    """Why it is not needed."""

    reason = serializers.CharField(max_length=250)
