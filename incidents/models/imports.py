"""Imports of tickets from files: resumable, and safe to run twice."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from accounts.roles import Role


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Reads of imports."""

    def visible_to(self, person: Person) -> Self:
        """Admins only."""
        return self if person.has_role({Role.ADMIN}) else self.none()

    def unfinished(self) -> Self:
        """Waiting for a worker, or at work."""
        return self.filter(state__in=[ImportRun.State.QUEUED, ImportRun.State.RUNNING])


class ImportRun(models.Model):
    """One import of one file. `done` lines are committed; a run that stopped goes on from there."""

    class State(models.TextChoices):
        MAPPING = "mapping", "Mapping"
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    source = models.CharField(max_length=60)
    file_name = models.CharField(max_length=200)
    file = models.FileField(max_length=150, blank=True)
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    create_missing = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.MAPPING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    # What was done to values that did not fit as they were, and how often: {"sentence": count}.
    notes = models.JSONField(default=dict)
    # Raised by each claim: a process that lost its claim cannot commit another batch.
    attempt = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    requested_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.UniqueConstraint(
                fields=["source", "sha256"],
                condition=models.Q(state__in=["queued", "running"]),
                name="incidents_import_one_unfinished",
            ),
        )

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_state_display()})"

    def get_absolute_url(self) -> str:
        return reverse("incidents:import", args=[self.pk])

    @property
    def is_unfinished(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}


class ImportRejectQuerySet(models.QuerySet["ImportReject"]):
    """Reads of refused rows."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible runs."""
        return self.filter(run__in=ImportRun.objects.visible_to(person))


class ImportReject(models.Model):
    """A row that could not be taken, with its line number and why."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejects")
    line = models.PositiveIntegerField()
    field = models.CharField(max_length=60, blank=True, default="")
    reason = models.CharField(max_length=300)
    row = models.JSONField(default=dict)

    objects = ImportRejectQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["line"]
        constraints = (
            models.UniqueConstraint(fields=["run", "line"], name="incidents_reject_once"),
        )

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
