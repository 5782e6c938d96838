"""Problems and known errors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorField
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person, Team
from catalogue.models import Component
from core.references import parse_reference, reference
from incidents.models import Ticket
from incidents.models.ticket import Level, Priority
from knowledge.models import Article
from problems.models.cluster import Cluster, ClusterMember
from problems.workflow import ORDERS, OUTCOMES, PROBLEM

# Cancelled tickets prove nothing, and tickets of restricted teams are not for every reader.
COUNTED = ~Q(ticket__state="cancelled") & ~Q(ticket__team__restricted=True)


class ProblemQuerySet(models.QuerySet["Problem"]):
    """Reads of problems."""

    def visible_to(self, person: Person) -> Self:
        """Staff see problems; requesters none."""
        return self if person.is_staff_member else self.none()

    def open(self) -> Self:
        """Neither resolved nor closed."""
        return self.filter(state__in=PROBLEM.in_category("open"))

    def with_inflow(self) -> Self:
        """Adds `tickets_linked`, `ticket_count`, and `lately`: those of the last four weeks.

        The last two count the tickets that costs count (`problems.facts.tickets_of`): those linked
        and those of the cluster, each once.
        """
        links = ProblemTicket.objects.filter(problem=OuterRef("pk"))
        named = ProblemTicket.objects.filter(
            problem=OuterRef(OuterRef("pk")), ticket=OuterRef("ticket_id")
        )
        joined = ClusterMember.objects.filter(
            ~Exists(named), COUNTED, cluster=OuterRef("cluster_id")
        )
        new = Q(ticket__created_at__gt=timezone.now() - timedelta(weeks=4))
        linked = links.filter(COUNTED)
        return self.annotate(
            tickets_linked=_count(links, "problem"),
            ticket_count=_count(linked, "problem") + _count(joined, "cluster"),
            lately=_count(linked.filter(new), "problem") + _count(joined.filter(new), "cluster"),
        )

    def search(self, text: str) -> Self:
        """Problems with these words, or this reference, their own or of their known error.

        Newest first. The symptom and the error code of a known error are words of its problem.
        """
        found = parse_reference(text)
        if found:
            named = {"PRB": "pk", "KE": "known_error__pk"}.get(found[0])
            return self.filter(**{named: found[1]}) if named else self.none()
        known = KnownError.objects.filter(worded(text)).values("problem_id")
        return self.filter(Q(search_vector=_query(text)) | Q(pk__in=known)).order_by("-pk")


def _query(text: str) -> SearchQuery:
    return SearchQuery(text, config="english", search_type="websearch")


def worded(text: str) -> Q:
    """Known errors that say these words, or have them as their error code."""
    return Q(search_vector=_query(text)) | Q(error_code__iexact=text.strip())


def _count(rows: models.QuerySet[Any], owner: str) -> Coalesce:
    """How many rows of the outer record there are."""
    counted = rows.order_by().values(owner).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


class Problem(models.Model):
    """The cause, or potential cause, of one or more incidents."""

    class Kind(models.TextChoices):
        REACTIVE = "reactive", "Reactive"
        PROACTIVE = "proactive", "Proactive"

    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.REACTIVE)
    state = models.CharField(max_length=20, choices=PROBLEM.choices, default=PROBLEM.initial)
    outcome = models.CharField(max_length=16, choices=OUTCOMES, blank=True, default="")
    # What a problem closed as a duplicate is the same as.
    duplicate_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="duplicates"
    )
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.P3)
    impact = models.PositiveSmallIntegerField(choices=Level, default=Level.MEDIUM)
    component = models.ForeignKey(
        Component, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cluster = models.ForeignKey(
        Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="problems"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    root_cause = models.TextField(blank=True, default="")
    workaround = models.TextField(blank=True, default="")
    # What would prove the root cause wrong.
    falsifier = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Counts the edits of the problem, its known error and its review.
    version = models.PositiveIntegerField(default=1)
    tickets: models.ManyToManyField[Ticket, ProblemTicket] = models.ManyToManyField(
        Ticket, through="problems.ProblemTicket", related_name="+"
    )
    search_vector = models.GeneratedField(
        expression=SearchVector(F("title"), weight="A", config="english")
        + SearchVector(
            F("description"), F("root_cause"), F("workaround"), weight="B", config="english"
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = ProblemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="problems_problem_state", condition=Q(state__in=list(PROBLEM.states))
            ),
            models.CheckConstraint(
                name="problems_problem_outcome",
                condition=~Q(state="closed") | ~Q(outcome=""),
                violation_error_message="A closed problem has an outcome.",
            ),
            models.CheckConstraint(
                name="problems_problem_duplicate",
                condition=~Q(outcome="duplicate") | Q(duplicate_of__isnull=False),
                violation_error_message="A duplicate names the problem it is the same as.",
            ),
        )
        indexes = (GinIndex(fields=["search_vector"], name="problems_problem_search"),)

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("problems:problem", args=[self.pk])

    @property
    def reference(self) -> str:
        return reference("problem", self.pk)

    @property
    def state_label(self) -> str:
        return PROBLEM.label(self.state)

    @property
    def is_open(self) -> bool:
        return PROBLEM.category(self.state) == "open"


class ProblemTicket(models.Model):
    """A ticket this problem caused."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="ticket_links")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["problem", "ticket"], name="problems_ticket_once"),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} by {self.problem_id}"


class ProblemArticle(models.Model):
    """An article that belongs to a problem."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="article_links")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["problem", "article"], name="problems_article_once"),
        )

    def __str__(self) -> str:
        return f"{self.article_id} of {self.problem_id}"


class ListOrder(models.Model):
    """The order in which somebody wants the list of problems."""

    person = models.OneToOneField(
        Person, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    order = models.CharField(max_length=20, choices=ORDERS)

    def __str__(self) -> str:
        return self.order


class KnownErrorQuerySet(models.QuerySet["KnownError"]):
    """Reads of known errors."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible problems."""
        return self.filter(problem__in=Problem.objects.visible_to(person))

    def search(self, text: str) -> Self:
        """Known errors with these words, those of their problem too, or one of the references."""
        found = parse_reference(text)
        if found:
            named = {"KE": "pk", "PRB": "problem_id"}.get(found[0])
            return self.filter(**{named: found[1]}) if named else self.none()
        return self.filter(worded(text) | Q(problem__search_vector=_query(text)))


class KnownError(models.Model):
    """A problem that has been analysed but not resolved, with what helps meanwhile."""

    problem = models.OneToOneField(Problem, on_delete=models.CASCADE, related_name="known_error")
    symptom = models.TextField()
    root_cause = models.TextField()
    workaround = models.TextField(blank=True, default="")
    solution = models.TextField(blank=True, default="")
    error_code = models.CharField(max_length=80, blank=True, default="")
    component = models.ForeignKey(
        Component, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    affected_versions = models.CharField(max_length=120, blank=True, default="")
    fixed_in_release = models.CharField(max_length=60, blank=True, default="")
    workaround_verified_at = models.DateTimeField(null=True, blank=True)
    workaround_verified_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    article = models.ForeignKey(
        Article, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    search_vector = models.GeneratedField(
        expression=SearchVector(F("error_code"), F("symptom"), weight="A", config="english")
        + SearchVector(
            F("root_cause"), F("workaround"), F("solution"), weight="B", config="english"
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = KnownErrorQuerySet.as_manager()

    class Meta:
        indexes = (GinIndex(fields=["search_vector"], name="problems_known_error_search"),)

    def __str__(self) -> str:
        return reference("known_error", self.pk)

    def get_absolute_url(self) -> str:
        return f"{reverse('problems:problem', args=[self.problem_id])}#known-error"

    @property
    def reference(self) -> str:
        return reference("known_error", self.pk)
