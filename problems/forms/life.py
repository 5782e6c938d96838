"""Forms of clusters and problems."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from accounts.models import Person, Team
from accounts.roles import PROBLEM_ROLES, SUPPORT_ROLES
from catalogue.models import Component, Service
from incidents.models import Ticket
from incidents.models.ticket import Level, Priority
from knowledge.models import Article
from problems.actions.runs import DEFAULT_WINDOW_DAYS
from problems.fields import ReferenceField
from problems.models import Cluster, ClusterMerge, ClusterMove, ClusterRun, KnownError, Problem
from problems.workflow import OUTCOMES

_TEXT = forms.Textarea(attrs={"rows": 4})
_LONGEST_TEXT = 100_000
MOST_OFFERED = 300


class ReaderForm(forms.Form):
    """A form whose choices depend on who fills it in."""

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader
        self.offer()

    def offer(self) -> None:
        """Sets the choices for the reader."""

    def rows(self, name: str, queryset: QuerySet[Any]) -> None:
        """Sets what a field may choose from."""
        field = self.fields[name]
        if isinstance(field, ReferenceField):
            field.rows = queryset
        else:
            cast("forms.ModelChoiceField[Any]", field).queryset = queryset


class RunForm(ReaderForm):
    """Which tickets to group."""

    kind = forms.TypedChoiceField(
        label="What to group",
        choices=ClusterRun.Kind.choices,
        initial=ClusterRun.Kind.WINDOW,
        empty_value=ClusterRun.Kind.WINDOW,
        required=False,
        help_text="Tickets without a cluster are placed in seconds, and nothing else moves.",
    )
    service = forms.ModelChoiceField(
        queryset=Service.objects.none(), required=False, empty_label="All services"
    )
    window_days = forms.TypedChoiceField(
        label="Window",
        coerce=int,
        initial=DEFAULT_WINDOW_DAYS,
        choices=[
            (30, "Last 30 days"),
            (90, "Last 90 days"),
            (180, "Last 180 days"),
            (365, "Last year"),
            (0, "Everything"),
        ],
        help_text="Counted back from the newest ticket.",
    )

    def offer(self) -> None:
        """Services."""
        self.rows("service", Service.objects.visible_to(self.reader))


class RenameForm(forms.Form):
    """A person's name for a cluster."""

    title = forms.CharField(label="Name", max_length=200)


class DismissForm(forms.Form):
    """Why a cluster is put away."""

    reason = forms.CharField(
        label="Why",
        max_length=250,
        help_text="Its tickets will not come back as a new candidate.",
    )


class ClusterForm(ReaderForm):
    """A form that offers what there is to choose for one cluster."""

    def __init__(self, *args: Any, cluster: Cluster, **kwargs: Any) -> None:
        self.cluster = cluster
        super().__init__(*args, **kwargs)


class SplitForm(ClusterForm):
    """Which members have another cause."""

    tickets = forms.ModelMultipleChoiceField(
        label="Tickets with another cause",
        queryset=Ticket.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="They become a cluster of their own, and no run puts them back. Their links to "
        "problems stay.",
        error_messages={"required": "Choose the tickets that have another cause."},
    )
    title = forms.CharField(
        label="Name of the new cluster",
        max_length=200,
        required=False,
        help_text="Without one it is named after its first ticket.",
    )

    def offer(self) -> None:
        """The members the person may read, least certain first."""
        members = self.cluster.members.filter(ticket__in=Ticket.objects.visible_to(self.reader))
        shown = members.select_related("ticket").order_by("confidence", "pk")[:MOST_OFFERED]
        rows = [row.ticket for row in shown]
        field = cast("forms.ModelMultipleChoiceField[Ticket]", self.fields["tickets"])
        field.queryset = Ticket.objects.filter(pk__in=[row.pk for row in rows])
        field.choices = [(row.pk, str(row)) for row in rows]


class UndoMergeForm(ClusterForm):
    """Which merge into the cluster is undone."""

    merge = forms.ModelChoiceField(
        label="Merge to undo",
        queryset=ClusterMerge.objects.none(),
        error_messages={"invalid_choice": "This merge is undone already."},
    )

    def offer(self) -> None:
        """Merges that stand."""
        merges = self.cluster.merges.filter(undone_at=None).select_related("source")
        field = cast("forms.ModelChoiceField[ClusterMerge]", self.fields["merge"])
        field.queryset = merges
        field.choices = [(one.pk, one.source.title) for one in merges]


class MovesForm(ReaderForm):
    """Moves of runs that were looked at, and what to do with them."""

    moves = forms.ModelMultipleChoiceField(
        queryset=ClusterMove.objects.none(),
        error_messages={
            "required": "Choose the moves first.",
            "invalid_choice": "There is no such move, or you may not see it.",
            "invalid_pk_value": "There is no such move, or you may not see it.",
        },
    )
    decision = forms.ChoiceField(choices=ClusterMove.Decision.choices)

    def offer(self) -> None:
        """Visible moves."""
        self.rows("moves", ClusterMove.objects.visible_to(self.reader))


class AddTicketForm(ReaderForm):
    """A ticket by reference."""

    ticket = ReferenceField(label="Ticket", prefixes=("INC", "REQ"))

    def offer(self) -> None:
        """Visible tickets."""
        self.rows("ticket", Ticket.objects.visible_to(self.reader))


class AddArticleForm(ReaderForm):
    """An article by reference."""

    article = ReferenceField(label="Article", prefixes=("KB",))

    def offer(self) -> None:
        """Visible articles."""
        self.rows("article", Article.objects.visible_to(self.reader))


class MergeForm(ClusterForm):
    """The cluster to merge into."""

    into = forms.ModelChoiceField(
        label="Merge into",
        queryset=Cluster.objects.none(),
        help_text="The largest clusters are offered, those of the same theme first.",
    )

    def offer(self) -> None:
        """Other clusters that are not dismissed."""
        others = Cluster.objects.visible_to(self.reader).live().exclude(pk=self.cluster.pk)
        field = cast("forms.ModelChoiceField[Cluster]", self.fields["into"])
        field.queryset = others
        near = others.filter(theme=self.cluster.theme) if self.cluster.theme is not None else others
        shown = [*near.order_by("-ticket_count")[:20], *others.order_by("-ticket_count")[:40]]
        field.choices = [("", "Choose a cluster")] + [
            (one.pk, f"{one.title} ({one.ticket_count})") for one in dict.fromkeys(shown)
        ]


class AddToProblemForm(ReaderForm):
    """An open problem by reference."""

    problem = ReferenceField(label="Problem", prefixes=("PRB",))

    def offer(self) -> None:
        """Visible problems that are open."""
        self.rows("problem", Problem.objects.visible_to(self.reader).open())


class _Weights(ReaderForm):
    """What every problem says about its weight."""

    priority = forms.TypedChoiceField(choices=Priority.choices, coerce=int, initial=Priority.P3)
    impact = forms.TypedChoiceField(choices=Level.choices, coerce=int, initial=Level.MEDIUM)
    owner = forms.ModelChoiceField(
        queryset=Person.objects.none(), required=False, empty_label="Nobody yet"
    )

    def offer(self) -> None:
        """Those who work on problems."""
        self.rows(
            "owner", Person.objects.with_role(*PROBLEM_ROLES, *SUPPORT_ROLES).order_by("name")
        )


class OpenFromClusterForm(_Weights):
    """A problem opened from a cluster; its tickets come with it."""

    title = forms.CharField(max_length=200)
    description = forms.CharField(required=False, widget=_TEXT, max_length=_LONGEST_TEXT)
    field_order: tuple[str, ...] = ("title", "description", "priority", "impact", "owner")


class ProblemForm(_Weights):
    """A new problem, or what is changed of one."""

    title = forms.CharField(max_length=200)
    description = forms.CharField(required=False, widget=_TEXT, max_length=_LONGEST_TEXT)
    component = forms.ModelChoiceField(
        queryset=Component.objects.none(), required=False, empty_label="Not known"
    )
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(),
        required=False,
        empty_label="Not said",
        help_text="Who is to remove the cause. Of a new problem: the development team of the "
        "component, unless another is chosen.",
    )
    kind = forms.ChoiceField(
        choices=Problem.Kind.choices,
        initial=Problem.Kind.REACTIVE,
        required=False,
        help_text="Reactive: incidents brought it up. Proactive: found before they did.",
    )
    root_cause = forms.CharField(
        label="Root cause", required=False, widget=_TEXT, max_length=_LONGEST_TEXT
    )
    workaround = forms.CharField(
        required=False,
        widget=_TEXT,
        max_length=_LONGEST_TEXT,
        help_text="Written so that it can be sent to a requester as it stands.",
    )
    field_order: tuple[str, ...] = (
        "title", "description", "kind", "component", "team", "priority", "impact", "owner",
        "root_cause", "workaround",
    )  # fmt: skip

    def clean_kind(self) -> str:
        """What it was before, unless another is chosen."""
        before = self.get_initial_for_field(self.fields["kind"], "kind")
        return str(self.cleaned_data["kind"] or before)

    def offer(self) -> None:
        """Owners, teams and components."""
        super().offer()
        self.rows("team", Team.objects.visible_to(self.reader).order_by("name"))
        components = Component.objects.visible_to(self.reader).select_related("service")
        self.rows("component", components)


class NewProblemForm(ProblemForm):
    """A new problem, with the first ticket it caused."""

    ticket = ReferenceField(label="First ticket", prefixes=("INC", "REQ"), required=False)
    field_order: tuple[str, ...] = (
        "title", "description", "kind", "component", "team", "ticket", "priority", "impact",
        "owner", "root_cause", "workaround",
    )  # fmt: skip

    def offer(self) -> None:
        """Visible tickets too."""
        super().offer()
        self.rows("ticket", Ticket.objects.visible_to(self.reader))


class AnalyseForm(forms.Form):
    """What is suspected so far."""

    root_cause = forms.CharField(
        label="Root cause so far", required=False, widget=_TEXT, max_length=_LONGEST_TEXT
    )


class NoteForm(forms.Form):
    """A step that may carry a note."""

    note = forms.CharField(required=False, widget=_TEXT, max_length=5_000)


class CloseForm(ReaderForm):
    """How a problem ends."""

    outcome = forms.ChoiceField(choices=[("", "Choose an outcome"), *OUTCOMES])
    duplicate_of = ReferenceField(
        label="Duplicate of",
        prefixes=("PRB",),
        required=False,
        help_text="Of a duplicate: the problem it is the same as.",
    )
    note = forms.CharField(required=False, widget=_TEXT, max_length=5_000)

    def offer(self) -> None:
        """Visible problems."""
        self.rows("duplicate_of", Problem.objects.visible_to(self.reader))


class KnownErrorForm(ReaderForm):
    """What a known error says."""

    symptom = forms.CharField(
        widget=_TEXT, max_length=_LONGEST_TEXT, help_text="What people notice, in their words."
    )
    root_cause = forms.CharField(label="Root cause", widget=_TEXT, max_length=_LONGEST_TEXT)
    workaround = forms.CharField(
        required=False,
        widget=_TEXT,
        max_length=_LONGEST_TEXT,
        help_text="Written so that it can be sent to a requester as it stands.",
    )
    solution = forms.CharField(required=False, widget=_TEXT, max_length=_LONGEST_TEXT)
    error_code = forms.CharField(label="Error code", required=False, max_length=80)
    component = forms.ModelChoiceField(
        queryset=Component.objects.none(), required=False, empty_label="Not known"
    )
    affected_versions = forms.CharField(label="Affected versions", required=False, max_length=120)
    fixed_in_release = forms.CharField(label="Fixed in release", required=False, max_length=60)

    def offer(self) -> None:
        """Components."""
        self.rows("component", Component.objects.visible_to(self.reader).select_related("service"))

    @classmethod
    def values_of(cls, known: KnownError) -> dict[str, Any]:
        """A known error as the form's first values."""
        return {name: getattr(known, name) for name in cls.base_fields}


class WorkaroundForm(forms.Form):
    """The reply that tells a requester what helps meanwhile."""

    body = forms.CharField(
        label="Reply to the requester", widget=forms.Textarea(attrs={"rows": 8}), max_length=20_000
    )
