"""The shape of what belongs to a problem: tasks, analysis, review, what is told."""

from typing import Any

from rest_framework import serializers

from accounts.models import Person
from core.rest import VisibleField
from incidents.models.ticket import Level
from knowledge.models import Article
from problems.models import Cause, ProblemAction, ProblemReview, ProblemTask, TimelineEntry, Why
from problems.serializers import NamedRecord
from problems.workflow import BRANCHES, STANDINGS, TOLD


class ProblemTaskSerializer(serializers.ModelSerializer[ProblemTask]):
    """A task of a problem."""

    assignee = NamedRecord(read_only=True)
    done_by = NamedRecord(read_only=True)

    class Meta:
        model = ProblemTask
        fields = (
            "id", "title", "kind", "assignee", "due_at", "position", "done_at", "done_by",
        )  # fmt: skip


class ProblemTaskInput(serializers.Serializer[Any]):
    """Something to be done."""

    title = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=ProblemTask.Kind.choices, required=False)
    assignee = VisibleField(Person, required=False, allow_null=True)
    due_at = serializers.DateTimeField(required=False, allow_null=True)


class ProblemTaskChange(ProblemTaskInput):
    """What changes on a task; `done` ticks it off or takes it up again."""

    title = serializers.CharField(max_length=200, required=False)
    done = serializers.BooleanField(required=False)
    move = serializers.ChoiceField(choices=["up", "down"], required=False)


class WhySerializer(serializers.ModelSerializer[Why]):
    """One answer of the five whys."""

    class Meta:
        model = Why
        fields = ("id", "problem", "position", "answer", "evidence", "person", "created_at")


class WhyInput(serializers.Serializer[Any]):
    """The answer, and what it rests on."""

    answer = serializers.CharField(max_length=2_000)
    evidence = serializers.CharField(required=False, allow_blank=True, max_length=300)


class CauseSerializer(serializers.ModelSerializer[Cause]):
    """A possible cause on the fishbone."""

    class Meta:
        model = Cause
        fields = (
            "id", "problem", "parent", "branch", "text", "standing", "falsifier", "evidence",
            "person", "created_at",
        )  # fmt: skip


class CauseInput(serializers.Serializer[Any]):
    """A cause as it is changed."""

    text = serializers.CharField(max_length=300)
    branch = serializers.ChoiceField(choices=BRANCHES)
    standing = serializers.ChoiceField(choices=STANDINGS, required=False)
    falsifier = serializers.CharField(required=False, allow_blank=True, max_length=300)
    evidence = serializers.CharField(required=False, allow_blank=True, max_length=300)


class NewCauseInput(CauseInput):
    """A new cause, on a branch or below another."""

    parent = VisibleField(Cause, required=False, allow_null=True)  # type: ignore[assignment]


class EntrySerializer(serializers.ModelSerializer[TimelineEntry]):
    """A line of the timeline written by hand."""

    class Meta:
        model = TimelineEntry
        fields = ("id", "problem", "at", "text", "evidence", "person", "created_at")


class EntryInput(serializers.Serializer[Any]):
    """When, what, and what it rests on."""

    at = serializers.DateTimeField()
    text = serializers.CharField(max_length=500)
    evidence = serializers.CharField(required=False, allow_blank=True, max_length=300)


class TimelineLineSerializer(serializers.Serializer[Any]):
    """One line of the whole timeline."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    text = serializers.CharField()
    url = serializers.CharField()
    who = serializers.CharField()


class AnalysisSerializer(serializers.Serializer[Any]):
    """The whole root cause analysis."""

    root_cause = serializers.CharField()
    falsifier = serializers.CharField()
    whys = WhySerializer(many=True)
    causes = CauseSerializer(many=True)
    timeline = TimelineLineSerializer(many=True)


class CostLineSerializer(serializers.Serializer[Any]):
    """What came in since one moment.

    `minutes` are measured ones, and the usual handling time of tickets at which nothing was
    measured: then `estimated`. `minutes` of a cluster itself are measured ones alone.
    """

    label = serializers.CharField()  # type: ignore[assignment]
    since = serializers.DateTimeField()
    tickets = serializers.IntegerField()
    people = serializers.IntegerField()
    organisations = serializers.IntegerField()
    minutes = serializers.FloatField()
    breaches = serializers.IntegerField()
    estimated = serializers.BooleanField()


class GroupSerializer(serializers.Serializer[Any]):
    """Resolved tickets of one kind; `hours` is null under twenty."""

    n = serializers.IntegerField()
    hours = serializers.FloatField(allow_null=True)


class EffectSerializer(serializers.Serializer[Any]):
    """Median resolve times with and without the workaround."""

    helped = GroupSerializer()
    unhelped = GroupSerializer()
    saved_hours = serializers.FloatField(allow_null=True)
    definition = serializers.CharField()


class TellInput(serializers.Serializer[Any]):
    """What is told to all open tickets; without a body the text that is known."""

    kind = serializers.ChoiceField(choices=TOLD)
    body = serializers.CharField(required=False, max_length=20_000)


class AudienceSerializer(serializers.Serializer[Any]):
    """Who would read a text now; `apart` are merged tickets that are written to on their own."""

    body = serializers.CharField()
    tickets = serializers.ListField(child=serializers.IntegerField())
    apart = serializers.ListField(child=serializers.IntegerField())
    people = serializers.IntegerField()
    told = serializers.IntegerField()
    hidden = serializers.IntegerField()


class JobSerializer(serializers.Serializer[Any]):
    """The job that sends it; its results are at /ticket-jobs/<id>/items/."""

    id = serializers.IntegerField()
    url = serializers.CharField(source="get_absolute_url")
    state = serializers.CharField()
    total = serializers.IntegerField()


class LinkedArticleInput(serializers.Serializer[Any]):
    """An article by number."""

    article = VisibleField(Article)


class LinkedArticleSerializer(serializers.Serializer[Any]):
    """An article of a problem."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField(source="get_absolute_url")


class LinkedTicketSerializer(LinkedArticleSerializer):
    """A ticket linked to a problem."""

    state = serializers.CharField()
    created_at = serializers.DateTimeField()


class ProblemReviewSerializer(serializers.ModelSerializer[ProblemReview]):
    """The review of a problem."""

    version = serializers.IntegerField(source="problem.version", read_only=True)
    changed_at = serializers.DateTimeField(read_only=True)

    class Meta:
        model = ProblemReview
        fields = (
            "summary", "causes", "went_well", "went_wrong", "lessons", "written_at",
            "published_at", "published_by", "changed_at", "version",
        )  # fmt: skip


class ReviewTextsInput(serializers.Serializer[Any]):
    """What the review says; what is left out stays as it is."""

    version = serializers.IntegerField(min_value=1, required=False)
    summary = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    causes = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    went_well = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    went_wrong = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    lessons = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class ProblemActionSerializer(serializers.ModelSerializer[ProblemAction]):
    """Something to be done after a review."""

    state_label = serializers.CharField(read_only=True)

    class Meta:
        model = ProblemAction
        fields = (
            "id", "problem", "title", "state", "state_label", "assignee", "priority", "due_on",
            "link", "note", "created_at", "settled_at",
        )  # fmt: skip


class FollowUpInput(serializers.Serializer[Any]):
    """What is to be done."""

    title = serializers.CharField(max_length=200)
    assignee = VisibleField(Person, required=False, allow_null=True)
    priority = serializers.ChoiceField(choices=Level.choices, required=False)
    due_on = serializers.DateField(required=False, allow_null=True)
    link = serializers.URLField(required=False, allow_blank=True, max_length=300)


class SettleInput(serializers.Serializer[Any]):
    """How it was done."""

    note = serializers.CharField(max_length=2_000, required=False, allow_blank=True)


class DropInput(serializers.Serializer[Any]):
    """Why it will not be done."""

    note = serializers.CharField(max_length=2_000)
