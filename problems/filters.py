"""What lists of clusters and problems can be narrowed to: one filter for page and API."""

from typing import cast

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Person, Team
from catalogue.models import Component, Service
from core.choices import visible_choices
from core.wording import printable
from incidents.models.ticket import Priority
from problems.models import Cluster, ClusterMove, ClusterRun, KnownError, Problem, ProblemAction
from problems.models.cluster import ClusterQuerySet
from problems.models.problem import KnownErrorQuerySet, ProblemQuerySet
from problems.models.reviews import ProblemActionQuerySet
from problems.workflow import CLUSTER, FOLLOW_UP, ORDERS, OUTCOMES, PROBLEM

CLUSTER_STATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "undecided": ("To decide", ("candidate",)),
    "open": (
        "Cause known, not fixed",
        ("confirmed", "problem_open", "fix_linked", "not_effective", "regressed"),
    ),
    "watched": ("Fix shipped", ("shipped", "watching", "partial")),
    "verified": ("Verified", ("verified",)),
    "dismissed": ("Dismissed", ("dismissed",)),
    **{state.name: (state.label, (state.name,)) for state in CLUSTER.states.values()},
}
# The page offers the groups; programs may also name a single state.
CLUSTER_GROUPS = ("undecided", "open", "watched", "verified", "dismissed")


class ClusterFilter(filters.FilterSet):
    """Every parameter is optional; without a state the dismissed are left out."""

    q = filters.CharFilter(label="Words", method="find", max_length=200)
    state = filters.ChoiceFilter(
        label="State",
        choices=[(name, value[0]) for name, value in CLUSTER_STATES.items()],
        method="in_state",
        empty_label="All but dismissed",
    )
    service = filters.ModelChoiceFilter(
        label="Service", queryset=visible_choices(Service), empty_label="All services"
    )
    component = filters.ModelChoiceFilter(label="Component", queryset=visible_choices(Component))
    burst = filters.BooleanFilter(
        label="Accelerating only", field_name="is_burst", widget=forms.CheckboxInput
    )
    tickets = filters.NumberFilter(
        label="At least tickets", field_name="ticket_count", lookup_expr="gte", min_value=0
    )

    class Meta:
        model = Cluster
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Cluster]) -> QuerySet[Cluster]:
        """The usual narrowing; an unchecked box asks for nothing."""
        if self.form.cleaned_data.get("burst") is False:
            self.form.cleaned_data["burst"] = None
        clusters = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
            clusters = clusters.exclude(state="dismissed")
        return cast("QuerySet[Cluster]", clusters)

    def find(self, clusters: ClusterQuerySet, name: str, value: str) -> ClusterQuerySet:
        """Words of the title or the terms."""
        text = printable(value)
        if not text:
            return clusters
        return clusters.filter(Q(title__icontains=text) | Q(terms__icontains=text))

    def in_state(self, clusters: ClusterQuerySet, name: str, value: str) -> ClusterQuerySet:
        """One state or a group of states."""
        return clusters.filter(state__in=CLUSTER_STATES[value][1])


class RunFilter(filters.FilterSet):
    """Runs by state."""

    class Meta:
        model = ClusterRun
        fields = ("state", "scope")


class MoveFilter(filters.FilterSet):
    """Every parameter is optional; without a decision those nobody has looked at are listed."""

    run = filters.ModelChoiceFilter(label="Run", queryset=visible_choices(ClusterRun))
    decision = filters.ChoiceFilter(
        label="Decision",
        choices=[*ClusterMove.Decision.choices, ("any", "All")],
        method="decided",
        empty_label="To look at",
    )

    class Meta:
        model = ClusterMove
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[ClusterMove]) -> QuerySet[ClusterMove]:
        """The usual narrowing."""
        moves = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("decision"):
            moves = moves.filter(decision="")
        return cast("QuerySet[ClusterMove]", moves)

    def decided(self, moves: QuerySet[ClusterMove], name: str, value: str) -> QuerySet[ClusterMove]:
        """One decision, or all."""
        return moves if value == "any" else moves.filter(decision=value)


PROBLEM_STATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "open": ("Open", tuple(PROBLEM.in_category("open"))),
    "any": ("Any state", ()),
    **{state.name: (state.label, (state.name,)) for state in PROBLEM.states.values()},
}
ME, NOBODY = "me", "nobody"
# What each order of the list sorts by; the last field is unique.
ORDER_FIELDS: dict[str, tuple[str, ...]] = {
    "newest": ("-id",),
    "priority": ("priority", "-id"),
    "oldest": ("confirmed_at", "id"),
    "changed": ("-updated_at", "-id"),
    "tickets": ("-ticket_count", "-id"),
    "inflow": ("-lately", "-id"),
}


class ProblemFilter(filters.FilterSet):
    """Every parameter is optional; without a state the open ones are listed."""

    q = filters.CharFilter(label="Words or number", method="find", max_length=200)
    state = filters.ChoiceFilter(
        label="State",
        choices=[(name, value[0]) for name, value in PROBLEM_STATES.items() if name != "open"],
        method="in_state",
        empty_label="Open",
    )
    owner = filters.ChoiceFilter(
        label="Owner",
        choices=[(ME, "Mine"), (NOBODY, "Nobody's")],
        method="of_owner",
        empty_label="Everybody's",
    )
    component = filters.ModelChoiceFilter(
        label="Component", queryset=visible_choices(Component), empty_label="All components"
    )
    priority = filters.ChoiceFilter(
        label="Priority", choices=Priority.choices, empty_label="Any priority"
    )
    outcome = filters.ChoiceFilter(label="Outcome", choices=OUTCOMES, empty_label="Any outcome")
    kind = filters.ChoiceFilter(
        label="Kind", choices=Problem.Kind.choices, empty_label="Reactive and proactive"
    )
    team = filters.ModelChoiceFilter(
        label="Team", queryset=visible_choices(Team), empty_label="All teams"
    )
    # The view sorts: a page by key needs to know its order.
    order = filters.ChoiceFilter(label="Order", choices=ORDERS, method="in_order", empty_label=None)

    class Meta:
        model = Problem
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Problem]) -> QuerySet[Problem]:
        """The usual narrowing; a search or an outcome looks at every state."""
        problems = cast("ProblemQuerySet", super().filter_queryset(queryset))
        asked = self.form.cleaned_data
        if not (asked.get("state") or asked.get("q") or asked.get("outcome")):
            problems = problems.open()
        return problems

    def find(self, problems: ProblemQuerySet, name: str, value: str) -> ProblemQuerySet:
        """Words of title, description, cause or workaround, or a reference."""
        text = printable(value)
        return problems.search(text) if text else problems

    def in_state(self, problems: ProblemQuerySet, name: str, value: str) -> ProblemQuerySet:
        """One state, or any."""
        states = PROBLEM_STATES[value][1]
        return problems.filter(state__in=states) if states else problems

    def in_order(self, problems: ProblemQuerySet, name: str, value: str) -> ProblemQuerySet:
        """Nothing is left out."""
        return problems

    def of_owner(self, problems: ProblemQuerySet, name: str, value: str) -> ProblemQuerySet:
        """One's own, or nobody's."""
        person = cast("Person", self.request and self.request.user)
        return problems.filter(owner=person if value == ME else None)


YES_OR_NO = [("true", "Yes"), ("false", "No")]


class KnownErrorFilter(filters.FilterSet):
    """Every parameter is optional; without a state those of every problem are listed."""

    q = filters.CharFilter(label="Words or number", method="find", max_length=200)
    state = filters.ChoiceFilter(
        label="State of its problem",
        choices=[(name, value[0]) for name, value in PROBLEM_STATES.items() if name != "any"],
        method="in_state",
        empty_label="Any state",
    )
    service = filters.ModelChoiceFilter(
        label="Service",
        queryset=visible_choices(Service),
        field_name="component__service",
        empty_label="All services",
    )
    component = filters.ModelChoiceFilter(
        label="Component", queryset=visible_choices(Component), empty_label="All components"
    )
    error_code = filters.CharFilter(label="Error code", lookup_expr="icontains", max_length=80)
    workaround = filters.ChoiceFilter(
        label="Has a workaround",
        choices=YES_OR_NO,
        method="has_workaround",
        empty_label="Workaround or not",
    )
    verified = filters.ChoiceFilter(
        label="Workaround verified",
        choices=YES_OR_NO,
        method="is_verified",
        empty_label="Verified or not",
    )

    class Meta:
        model = KnownError
        fields: list[str] = []

    def find(self, rows: KnownErrorQuerySet, name: str, value: str) -> KnownErrorQuerySet:
        """Words of the known error or of its problem, or a reference of either."""
        text = printable(value)
        return rows.search(text) if text else rows

    def in_state(self, rows: KnownErrorQuerySet, name: str, value: str) -> KnownErrorQuerySet:
        """Those whose problem is in one of these states."""
        return rows.filter(problem__state__in=PROBLEM_STATES[value][1])

    def has_workaround(self, rows: KnownErrorQuerySet, name: str, value: str) -> KnownErrorQuerySet:
        """With something that helps meanwhile, or without."""
        return rows.exclude(workaround="") if value == "true" else rows.filter(workaround="")

    def is_verified(self, rows: KnownErrorQuerySet, name: str, value: str) -> KnownErrorQuerySet:
        """Somebody tried the workaround and it helped; or there is none, or nobody has."""
        return rows.filter(workaround_verified_at__isnull=value == "false")


class ActionFilter(filters.FilterSet):
    """Follow-ups of reviews; every parameter is optional."""

    state = filters.ChoiceFilter(label="State", choices=FOLLOW_UP.choices)
    assignee = filters.ChoiceFilter(
        label="Assignee",
        choices=[(ME, "Me"), (NOBODY, "Nobody")],
        method="of_assignee",
        empty_label="Everybody's",
    )
    problem = filters.ModelChoiceFilter(
        label="Problem", queryset=visible_choices(Problem), empty_label="Any problem"
    )
    overdue = filters.ChoiceFilter(
        label="Due", choices=[("true", "Overdue")], method="is_overdue", empty_label="Any date"
    )

    class Meta:
        model = ProblemAction
        fields: list[str] = []

    def of_assignee(
        self, rows: ProblemActionQuerySet, name: str, value: str
    ) -> ProblemActionQuerySet:
        """Mine, or nobody's."""
        person = cast("Person", self.request and self.request.user)
        return rows.filter(assignee=person if value == ME else None)

    def is_overdue(
        self, rows: ProblemActionQuerySet, name: str, value: str
    ) -> ProblemActionQuerySet:
        """To be done, and late."""
        return rows.overdue(timezone.localdate())
