"""Forms of clusters and problems."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from accounts.models import Person
from accounts.roles import PROBLEM_ROLES, SUPPORT_ROLES
from catalogue.models import Component, Service
from core.references import parse_reference
from incidents.models import Ticket
from incidents.models.ticket import Level, Priority
from knowledge.models import Article
from problems.actions.runs import DEFAULT_WINDOW_DAYS
from problems.models import Cluster, KnownError, Problem
from problems.workflow import OUTCOMES

_TEXT = forms.Textarea(attrs={"rows": 4})
_LONGEST_TEXT = 100_000


class ReferenceField(forms.CharField):
    """A record by its reference ("INC-42") or number, found only among what the person may see."""

    def __init__(self, *, prefixes: tuple[str, ...], **kwargs: Any) -> None:
        self.prefixes = prefixes
        self.rows: QuerySet[Any] | None = None
        super().__init__(max_length=20, **kwargs)
        self.widget.attrs.setdefault("placeholder", f"{prefixes[0]}-42")

    def clean(self, value: Any) -> Model | None:
        """The record; None when the field is empty and need not be filled."""
        text = cast("str", super().clean(value))
        if not text:
            return None
        found = parse_reference(text)
        number = found[1] if found and found[0] in self.prefixes else None
        if number is None and text.isdecimal():
            number = int(text[:12])
        record = None
        if number is not None and self.rows is not None:
            record = self.rows.filter(pk=number).first()
        if record is None:
            raise ValidationError(f"There is no {text.upper()}, or you may not see it.")
        return cast("Model", record)


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


class MergeForm(ReaderForm):
    """The cluster to merge into."""

    into = forms.ModelChoiceField(
        label="Merge into",
        queryset=Cluster.objects.none(),
        help_text="The largest clusters are offered, those of the same theme first.",
    )

    def __init__(self, *args: Any, cluster: Cluster, **kwargs: Any) -> None:
        self.cluster = cluster
        super().__init__(*args, **kwargs)

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
        "title", "description", "kind", "component", "priority", "impact", "owner",
        "root_cause", "workaround",
    )  # fmt: skip

    def clean_kind(self) -> str:
        """What it was before, unless another is chosen."""
        before = self.get_initial_for_field(self.fields["kind"], "kind")
        return str(self.cleaned_data["kind"] or before)

    def offer(self) -> None:
        """Owners and components."""
        super().offer()
        components = Component.objects.visible_to(self.reader).select_related("service")
        self.rows("component", components)


class NewProblemForm(ProblemForm):
    """A new problem, with the first ticket it caused."""

    ticket = ReferenceField(label="First ticket", prefixes=("INC", "REQ"), required=False)
    field_order: tuple[str, ...] = (
        "title", "description", "kind", "component", "ticket", "priority", "impact", "owner",
        "root_cause", "workaround",
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


class CloseForm(NoteForm):
    """How a problem ends."""

    outcome = forms.ChoiceField(choices=[("", "Choose an outcome"), *OUTCOMES])
    field_order: tuple[str, ...] = ("outcome", "note")


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
