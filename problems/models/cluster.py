"""Groups of tickets that look like one cause, kept over every run, and the runs that find them."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from pgvector.django import VectorField

from accounts.models import Person
from catalogue.models import Component, Service
from incidents.models import Ticket
from problems.workflow import CLUSTER, RUN


class ClusterRunQuerySet(models.QuerySet["ClusterRun"]):
    """Reads of runs."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()

    def unfinished(self) -> Self:
        """Queued or running."""
        return self.filter(state__in=RUN.in_category("unfinished"))


class ClusterRun(models.Model):
    """One clustering of tickets; the unfinished one of a scope is its lock.

    One over a window groups all its tickets anew. One over what waits only places tickets without
    a cluster: it costs little however large the desk is, and moves nothing.
    """

    class Kind(models.TextChoices):
        WINDOW = "window", "All tickets of a window"
        WAITING = "waiting", "Only tickets without a cluster"

    scope = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    scope_key = models.CharField(max_length=40, default="all")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.WINDOW)
    state = models.CharField(max_length=10, choices=RUN.choices, default=RUN.initial)
    window_days = models.PositiveIntegerField(default=180)
    algorithm = models.CharField(max_length=60, blank=True, default="")
    # Counts the starts; a worker that was taken for dead sees by it that another took over.
    attempts = models.PositiveSmallIntegerField(default=0)
    # The corpus mean: tickets that come in later are compared in the same space.
    mean = VectorField(null=True)
    parameters = models.JSONField(default=dict)
    input_hash = models.CharField(max_length=64, blank=True, default="")
    stage = models.CharField(max_length=60, blank=True, default="")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    ticket_count = models.PositiveIntegerField(default=0)
    cluster_count = models.PositiveIntegerField(default=0)
    new_count = models.PositiveIntegerField(default=0)
    # How far the clusters before and after agree on the tickets both have: adjusted Rand index.
    stability = models.FloatField(null=True, blank=True)
    stability_tickets = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    cancel_requested = models.BooleanField(default=False)
    requested_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ClusterRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="problems_run_state", condition=Q(state__in=list(RUN.states))
            ),
            models.UniqueConstraint(
                fields=["scope_key"],
                condition=Q(state__in=["queued", "running"]),
                name="problems_run_one_unfinished",
                violation_error_message="A run of this scope is not finished yet.",
            ),
        )

    def __str__(self) -> str:
        return f"run {self.pk} {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("problems:run", args=[self.pk])

    @property
    def state_label(self) -> str:
        return RUN.label(self.state)

    @property
    def is_unfinished(self) -> bool:
        return RUN.category(self.state) == "unfinished"

    @property
    def seconds(self) -> int | None:
        """How long it took; None while it runs or when it never started."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds())


class ClusterQuerySet(models.QuerySet["Cluster"]):
    """Reads of clusters."""

    def visible_to(self, person: Person) -> Self:
        """Support sees all; development all but the dismissed; requesters none."""
        if person.is_support or person.is_overseer:
            return self
        if person.is_development:
            return self.exclude(state="dismissed")
        return self.none()

    def open_to_run(self, service_id: int | None) -> Self:
        """Those a run over a service (None: over all) reads and changes; every other one keeps
        exactly what it has, so that two runs over two services never meet."""
        rows = self.filter(locked=False)
        return rows if service_id is None else rows.filter(service=service_id)

    def that_take_tickets(self) -> Self:
        """Those new tickets are compared with: not the locked, and not those merged away."""
        return self.filter(locked=False).exclude(state="dismissed", ticket_count=0)

    def live(self) -> Self:
        """Not dismissed."""
        return self.exclude(state="dismissed")


class Cluster(models.Model):
    """Tickets that look like one cause: a *candidate cause* until a person confirms it."""

    title = models.CharField(max_length=200)
    named_by_person = models.BooleanField(default=False)
    locked = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=CLUSTER.choices, default=CLUSTER.initial)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    component = models.ForeignKey(
        Component, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    theme = models.PositiveIntegerField(null=True, blank=True)
    terms = ArrayField(models.CharField(max_length=60), default=list)
    centroid = VectorField(null=True)
    # Exact keys its members share: {"kind", "value", "family"} each.
    keys = models.JSONField(default=list)
    model = models.CharField(max_length=60, blank=True, default="")
    cohesion = models.FloatField(default=0.0)
    # When terms, cohesion and typical tickets were last worked out; null before that.
    described_at = models.DateTimeField(null=True, blank=True)
    ticket_count = models.PositiveIntegerField(default=0)
    organisation_count = models.PositiveIntegerField(default=0)
    minutes = models.PositiveIntegerField(default=0)
    # Tickets a week, oldest first, over the last 26 weeks.
    weekly = ArrayField(models.PositiveIntegerField(), default=list)
    # The last week against the cluster's own past; null while there is too little of it.
    burst_ratio = models.FloatField(null=True, blank=True)
    # How many weeks of its past that was held against; 0 while there are too few.
    burst_weeks = models.PositiveSmallIntegerField(default=0)
    is_burst = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField(null=True, blank=True)
    # The likeliest change before the first ticket, in words ("Release 4.18.0, 41 min before").
    first_seen_after = models.CharField(max_length=160, blank=True, default="")
    last_seen_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    dismissed_reason = models.CharField(max_length=250, blank=True, default="")
    last_run = models.ForeignKey(
        ClusterRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = ClusterQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="problems_cluster_state", condition=Q(state__in=list(CLUSTER.states))
            ),
        )
        indexes = (
            models.Index(fields=["state", "-ticket_count"], name="problems_cluster_size"),
            models.Index(
                fields=["-is_burst", "-ticket_count", "-id"], name="problems_cluster_urgent"
            ),
            GinIndex(fields=["keys"], opclasses=["jsonb_path_ops"], name="problems_cluster_keys"),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("problems:cluster", args=[self.pk])

    @property
    def state_label(self) -> str:
        return CLUSTER.label(self.state)

    @property
    def is_decided(self) -> bool:
        """True once a person (or what followed from one) decided about it; runs keep it then."""
        return self.state != CLUSTER.initial or self.named_by_person or self.locked


class ClusterMember(models.Model):
    """A ticket's place in a cluster, and why. A ticket is in one cluster at most."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="members")
    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=250)
    confidence = models.FloatField()
    is_representative = models.BooleanField(default=False)
    confirmed = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (
            models.Index(fields=["cluster", "-confidence"], name="problems_member_confidence"),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} in {self.cluster_id}"


class ClusterConstraint(models.Model):
    """A person's word that every later run obeys: this ticket belongs there, or does not."""

    class Kind(models.TextChoices):
        MUST = "must", "Belongs here"
        CANNOT = "cannot", "Does not belong here"

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="constraints")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["cluster", "ticket"], name="problems_constraint_once"),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.cluster_id}"
