"""The shape of clusters, runs and problems, and of what their steps are told."""

from typing import Any

from rest_framework import serializers

from accounts.models import Person, Team
from catalogue.models import Component, Service
from core.rest import VisibleField
from incidents.models import Ticket
from incidents.models.ticket import Level, Priority
from problems.actions import differing_parts
from problems.actions.runs import DEFAULT_WINDOW_DAYS
from problems.inflow import LATELY, age_of
from problems.models import (
    Cluster,
    ClusterConstraint,
    ClusterMember,
    ClusterMerge,
    ClusterMove,
    ClusterRun,
    KnownError,
    Problem,
)
from problems.permissions import allowed_steps
from problems.trends import trend_of
from problems.workflow import OUTCOMES

_LONGEST = 100_000


class NamedRecord(serializers.Serializer[Any]):
    """A record in brief."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class _WithSteps(serializers.ModelSerializer[Any]):
    """Adds the state in words, the page's address, and the steps the person may take now."""

    state_label = serializers.CharField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    allowed_steps = serializers.SerializerMethodField()

    def get_allowed_steps(self, record: Any) -> list[str]:
        """Names of the steps of the workflow."""
        return [step.name for step in allowed_steps(self.context["request"].user, record)]


class ClusterSerializer(_WithSteps):
    """A cluster.

    `minutes` are those measured at its tickets since they came; `costs/` fills in the usual
    handling time of tickets at which nothing was measured, and says where it did. `terms` and
    `cohesion` mean nothing before `described_at`.
    """

    service = NamedRecord(read_only=True)
    component = NamedRecord(read_only=True)
    trend = serializers.SerializerMethodField()

    class Meta:
        model = Cluster
        fields = (
            "id", "url", "title", "state", "state_label", "service", "component", "theme", "terms",
            "cohesion", "described_at", "ticket_count", "organisation_count", "minutes", "weekly",
            "trend", "burst_ratio", "burst_weeks", "is_burst", "first_seen_at", "first_seen_after",
            "last_seen_at", "confirmed_at", "named_by_person", "locked", "dismissed_reason",
            "last_run", "allowed_steps",
        )  # fmt: skip

    def get_trend(self, cluster: Cluster) -> str:
        """accelerating, growing, steady, fading, new or quiet."""
        found = trend_of(cluster)
        return found.word


class PlaceSerializer(serializers.Serializer[Any]):
    """An organisation or a component, and how many of the cluster's tickets are of it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    tickets = serializers.IntegerField()


class PlacesSerializer(serializers.Serializer[Any]):
    """Where a cluster's tickets come from, the most concerned first, eight of each."""

    organisations = PlaceSerializer(many=True)
    components = PlaceSerializer(many=True)


class WordSerializer(serializers.ModelSerializer[ClusterConstraint]):
    """A person's word on a ticket and a cluster: `must` or `cannot` be in it."""

    class Meta:
        model = ClusterConstraint
        fields = ("ticket", "kind", "person", "created_at")


class MergeSerializer(serializers.ModelSerializer[ClusterMerge]):
    """A merge into the cluster that stands and can be undone."""

    title = serializers.CharField(source="source.title", read_only=True)

    class Meta:
        model = ClusterMerge
        fields = ("id", "source", "title", "person", "at")


class MoveSerializer(serializers.ModelSerializer[ClusterMove]):
    """A ticket that a run took out of a cluster, where it put it, and what a person said to it."""

    reference = serializers.CharField(source="ticket.reference", read_only=True)

    class Meta:
        model = ClusterMove
        fields = (
            "id", "run", "ticket", "reference", "before", "before_title", "after", "after_title",
            "decision", "person", "decided_at",
        )  # fmt: skip


class MeasureSerializer(serializers.Serializer[Any]):
    """A measure of quality: `met` of `n`; an index that counts nothing has no `met`.

    `rate` is null when too few records stand behind it; `quality/<key>/` lists these.
    """

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # as an attribute of fields
    definition = serializers.CharField()
    rate = serializers.FloatField(allow_null=True)
    met = serializers.IntegerField(allow_null=True)
    n = serializers.IntegerField()
    unit = serializers.CharField()
    fewest = serializers.IntegerField()


class MeasuredRecordSerializer(serializers.Serializer[Any]):
    """A cluster, ticket or run that counts for a measure."""

    id = serializers.IntegerField()
    url = serializers.CharField(source="get_absolute_url")
    title = serializers.CharField(source="__str__")
    state = serializers.CharField()
    stability = serializers.FloatField(allow_null=True, default=None)
    stability_tickets = serializers.IntegerField(allow_null=True, default=None)


class MemberSerializer(serializers.ModelSerializer[ClusterMember]):
    """A ticket's place in a cluster, and why."""

    reference = serializers.CharField(source="ticket.reference", read_only=True)
    title = serializers.CharField(source="ticket.title", read_only=True)

    class Meta:
        model = ClusterMember
        fields = (
            "ticket", "reference", "title", "reason", "confidence", "is_representative",
            "confirmed", "joined_at",
        )  # fmt: skip


class RunSerializer(_WithSteps):
    """A clustering run; `seconds` is how long it took, null before it ended."""

    seconds = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = ClusterRun
        fields = (
            "id", "url", "scope", "state", "state_label", "kind", "window_days", "algorithm",
            "parameters", "input_hash", "stage", "done", "total", "ticket_count",
            "cluster_count", "new_count", "stability", "stability_tickets", "error", "attempts",
            "cancel_requested", "requested_by", "created_at", "started_at", "finished_at",
            "seconds", "allowed_steps",
        )  # fmt: skip


class KnownErrorSerializer(serializers.ModelSerializer[KnownError]):
    """A known error."""

    reference = serializers.CharField(read_only=True)
    article_differs = serializers.SerializerMethodField()

    class Meta:
        model = KnownError
        fields: tuple[str, ...] = (
            "id", "reference", "symptom", "root_cause", "workaround", "solution", "error_code",
            "component", "affected_versions", "fixed_in_release", "workaround_verified_at",
            "workaround_verified_by", "article", "article_differs",
        )  # fmt: skip

    def get_article_differs(self, known: KnownError) -> list[str]:
        """The parts in which its article says something else."""
        return differing_parts(known)


class ListedKnownErrorSerializer(KnownErrorSerializer):
    """A known error beside its problem."""

    problem_state = serializers.CharField(source="problem.state", read_only=True)
    title = serializers.CharField(source="problem.title", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta(KnownErrorSerializer.Meta):
        fields = (*KnownErrorSerializer.Meta.fields, "problem", "title", "problem_state", "url")


class ProblemSerializer(_WithSteps):
    """A problem."""

    reference = serializers.CharField(read_only=True)
    component = NamedRecord(read_only=True)
    owner = NamedRecord(read_only=True)
    team = NamedRecord(read_only=True)
    known_error = KnownErrorSerializer(read_only=True)
    age_days = serializers.SerializerMethodField()
    tickets_linked = serializers.SerializerMethodField()
    ticket_count = serializers.SerializerMethodField()
    tickets_per_week = serializers.SerializerMethodField()

    class Meta:
        model = Problem
        fields = (
            "id", "reference", "url", "title", "description", "kind", "state", "state_label",
            "outcome", "duplicate_of", "priority", "impact", "component", "cluster", "team",
            "owner", "root_cause", "falsifier", "workaround", "known_error", "age_days",
            "tickets_linked", "ticket_count", "tickets_per_week", "created_at", "updated_at",
            "confirmed_at", "resolved_at", "closed_at", "version", "allowed_steps",
        )  # fmt: skip

    def get_age_days(self, problem: Problem) -> int:
        """Days it has been known, or lived."""
        return age_of(problem).days

    def get_tickets_linked(self, problem: Problem) -> int:
        """How many tickets are linked to it."""
        return _counted(problem, "tickets_linked")

    def get_ticket_count(self, problem: Problem) -> int:
        """How many tickets it caused, as far as is known: those linked and those of its cluster."""
        return _counted(problem, "ticket_count")

    def get_tickets_per_week(self, problem: Problem) -> float:
        """Tickets, linked or of its cluster, that came in a week, over the last four."""
        return _counted(problem, "lately") / LATELY


def _counted(problem: Problem, name: str) -> int:
    """A number the list adds; asked for alone where a single problem is shown."""
    found = getattr(problem, name, None)
    if found is None:
        row = Problem.objects.filter(pk=problem.pk).with_inflow().values(name).get()
        found = row[name]
    return int(found)


class RunInput(serializers.Serializer[Any]):
    """Which tickets to group; without a service all."""

    service = VisibleField(Service, required=False, allow_null=True)
    kind = serializers.ChoiceField(ClusterRun.Kind.choices, required=False)
    window_days = serializers.IntegerField(required=False, default=DEFAULT_WINDOW_DAYS)


class TitleInput(serializers.Serializer[Any]):
    """A name."""

    title = serializers.CharField(max_length=200)


class ReasonInput(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=250)


class NoteInput(serializers.Serializer[Any]):
    """A word on the step."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=5_000, default="")


class TicketInput(serializers.Serializer[Any]):
    """A ticket by number."""

    ticket = VisibleField(Ticket)


class MergeInput(serializers.Serializer[Any]):
    """The cluster to merge into."""

    into = VisibleField(Cluster)


class SplitClusterInput(serializers.Serializer[Any]):
    """The members that have another cause, and the name of their cluster."""

    tickets = VisibleField(Ticket, many=True, allow_empty=False)
    title = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class UndoMergeInput(serializers.Serializer[Any]):
    """The merge to undo; `merges` lists those that stand."""

    merge = serializers.PrimaryKeyRelatedField(queryset=ClusterMerge.objects.filter(undone_at=None))


class ProblemChoice(serializers.Serializer[Any]):
    """A problem by number."""

    problem = VisibleField(Problem)


class OpenFromClusterInput(serializers.Serializer[Any]):
    """A problem opened from a cluster; without a title it takes the cluster's."""

    title = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=_LONGEST)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    impact = serializers.ChoiceField(choices=Level.choices, required=False)
    owner = VisibleField(Person, required=False, allow_null=True)


class EditProblemInput(serializers.Serializer[Any]):
    """What may be changed of a problem."""

    version = serializers.IntegerField(min_value=1, required=False)
    title = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=_LONGEST)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    impact = serializers.ChoiceField(choices=Level.choices, required=False)
    component = VisibleField(Component, required=False, allow_null=True)
    owner = VisibleField(Person, required=False, allow_null=True)
    root_cause = serializers.CharField(required=False, allow_blank=True, max_length=_LONGEST)
    workaround = serializers.CharField(required=False, allow_blank=True, max_length=_LONGEST)
    falsifier = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    kind = serializers.ChoiceField(choices=Problem.Kind.choices, required=False)
    team = VisibleField(Team, required=False, allow_null=True)


class OpenProblemInput(EditProblemInput):
    """A new problem."""

    version = None  # type: ignore[assignment]  # there is none yet
    title = serializers.CharField(max_length=200)
    tickets = VisibleField(Ticket, many=True, required=False)


class AnalyseInput(serializers.Serializer[Any]):
    """What is suspected so far."""

    root_cause = serializers.CharField(
        required=False, allow_blank=True, max_length=_LONGEST, default=""
    )


class CloseInput(NoteInput):
    """How a problem ends."""

    outcome = serializers.ChoiceField(choices=OUTCOMES)
    duplicate_of = VisibleField(Problem, required=False, allow_null=True)


class KnownErrorInput(serializers.Serializer[Any]):
    """What a known error says."""

    symptom = serializers.CharField(max_length=_LONGEST)
    root_cause = serializers.CharField(max_length=_LONGEST)
    workaround = serializers.CharField(required=False, allow_blank=True, max_length=_LONGEST)
    solution = serializers.CharField(required=False, allow_blank=True, max_length=_LONGEST)
    error_code = serializers.CharField(required=False, allow_blank=True, max_length=80)
    component = VisibleField(Component, required=False, allow_null=True)
    affected_versions = serializers.CharField(required=False, allow_blank=True, max_length=120)
    fixed_in_release = serializers.CharField(required=False, allow_blank=True, max_length=60)


class EditKnownErrorInput(KnownErrorInput):
    """What may be changed of a known error, and the version of the problem that was read."""

    version = serializers.IntegerField(min_value=1, required=False)
