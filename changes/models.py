"""Changes, and the links from incidents and clusters back to what may have caused them."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from catalogue.models import Component
from changes.workflow import CHANGE, OUTCOMES
from core.references import parse_reference, reference
from incidents.models import Ticket
from incidents.models.ticket import Level
from problems.models import Cluster, Problem


class ChangeQuerySet(models.QuerySet["Change"]):
    """Reads of changes."""

    def visible_to(self, person: Person) -> Self:
        """Staff see changes; requesters none."""
        return self if person.is_staff_member else self.none()

    def search(self, text: str) -> Self:
        """Changes with this in their title or this reference, newest first."""
        found = parse_reference(text)
        if found:
            return self.filter(pk=found[1]) if found[0] == "CHG" else self.none()
        return self.filter(title__icontains=text).order_by("-pk")


class Change(models.Model):
    """An addition, modification or removal of anything that could affect services."""

    class Type(models.TextChoices):
        STANDARD = "standard", "Standard"
        NORMAL = "normal", "Normal"
        EMERGENCY = "emergency", "Emergency"

    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    type = models.CharField(max_length=10, choices=Type, default=Type.NORMAL)
    state = models.CharField(max_length=24, choices=CHANGE.choices, default=CHANGE.initial)
    outcome = models.CharField(max_length=24, choices=OUTCOMES, blank=True, default="")
    risk = models.PositiveSmallIntegerField(choices=Level, default=Level.MEDIUM)
    impact = models.PositiveSmallIntegerField(choices=Level, default=Level.MEDIUM)
    components = models.ManyToManyField(Component, blank=True, related_name="+")
    problem = models.ForeignKey(
        Problem, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    requester = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    implementer = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    authorised_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    implementation_plan = models.TextField(blank=True, default="")
    backout_plan = models.TextField(blank=True, default="")
    test_plan = models.TextField(blank=True, default="")
    planned_start = models.DateTimeField(null=True, blank=True)
    planned_end = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    support_notified_at = models.DateTimeField(null=True, blank=True)
    review = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="changes_change_state", condition=Q(state__in=list(CHANGE.states))
            ),
            models.CheckConstraint(
                name="changes_change_outcome",
                condition=~Q(state="closed") | ~Q(outcome=""),
                violation_error_message="A closed change has an outcome.",
            ),
            models.CheckConstraint(
                name="changes_change_window",
                condition=Q(planned_end__isnull=True) | Q(planned_end__gte=F("planned_start")),
                violation_error_message="The planned end is before the planned start.",
            ),
        )
        indexes = (models.Index(fields=["started_at"], name="changes_change_started"),)

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("changes:change", args=[self.pk])

    @property
    def reference(self) -> str:
        return reference("change", self.pk)

    @property
    def state_label(self) -> str:
        return CHANGE.label(self.state)


class CausedIncidentQuerySet(models.QuerySet["CausedIncident"]):
    """Reads of the links between changes and incidents."""

    def visible_to(self, person: Person) -> Self:
        """Those of which both ends may be seen."""
        return self.filter(
            change__in=Change.objects.visible_to(person),
            ticket__in=Ticket.objects.visible_to(person),
        )


class CausedIncident(models.Model):
    """A change suspected, confirmed or cleared of having caused an incident."""

    class Verdict(models.TextChoices):
        SUGGESTED = "suggested", "Suggested"
        CONFIRMED = "confirmed", "Confirmed"
        REJECTED = "rejected", "Rejected"

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="caused")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.SUGGESTED)
    score = models.FloatField(null=True, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = CausedIncidentQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["change", "ticket"], name="changes_caused_once"),
        )

    def __str__(self) -> str:
        return f"{self.change_id} → {self.ticket_id}: {self.verdict}"


class ChangeTicketQuerySet(models.QuerySet["ChangeTicket"]):
    """Reads of the tickets changes are made for."""

    def visible_to(self, person: Person) -> Self:
        """Those of which both ends may be seen."""
        return self.filter(
            change__in=Change.objects.visible_to(person),
            ticket__in=Ticket.objects.visible_to(person),
        )


class ChangeTicket(models.Model):
    """A ticket a change is made for. Linking one never takes another away."""

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="made_for")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ChangeTicketQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.UniqueConstraint(fields=["change", "ticket"], name="changes_made_for_once"),
        )

    def __str__(self) -> str:
        return f"{self.change_id} for {self.ticket_id}"


class ClusterSuspectQuerySet(models.QuerySet["ClusterSuspect"]):
    """Reads of suspects."""

    def visible_to(self, person: Person) -> Self:
        """Those of which both ends may be seen."""
        return self.filter(
            change__in=Change.objects.visible_to(person),
            cluster__in=Cluster.objects.visible_to(person),
        )


class ClusterSuspect(models.Model):
    """“First seen after”: a change shortly before a cluster's first ticket, with its score's parts.

    `parts` holds recency, component, text and surge as they are summed up: each from 0 to its
    weight in `analysis.bursts.ChangeWeights`.
    """

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="+")
    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField()
    parts = models.JSONField(default=dict)
    minutes_before = models.PositiveIntegerField()

    objects = ClusterSuspectQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["cluster", "change"], name="changes_suspect_once"),
        )

    def __str__(self) -> str:
        return f"{self.change_id} before {self.cluster_id}"
