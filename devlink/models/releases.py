"""Releases, what is in them, their readiness and their deployments."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person, Team
from catalogue.models import Service
from changes.models import Change
from devlink.models.trackers import Tracker
from devlink.models.work import WorkItem
from devlink.workflow import RELEASE


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Reads of releases."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()

    def of_service(self, service: Service) -> Self:
        """Of this service, or with a work item of it."""
        items = WorkItem.objects.filter(releases=OuterRef("pk"), component__service=service)
        return self.filter(Q(service=service) | Exists(items))


class Release(models.Model):
    """Services and features made available for use."""

    version = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120, blank=True, default="")
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=12, choices=RELEASE.choices, default=RELEASE.initial)
    notes = models.TextField(blank=True, default="")
    planned_for = models.DateTimeField(null=True, blank=True)
    deployed_at = models.DateTimeField(null=True, blank=True)
    # When support first knew, by a notice the system sent; null means never.
    support_told_at = models.DateTimeField(null=True, blank=True)
    change = models.OneToOneField(
        Change, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    manager = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    tracker = models.ForeignKey(
        Tracker, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    external_id = models.CharField(max_length=80, blank=True, default="")
    external_url = models.URLField(max_length=300, blank=True, default="")
    # When the tracker was asked for what stands here; an older answer changes nothing.
    asked_at = models.DateTimeField(null=True, blank=True)
    work_items: models.ManyToManyField[WorkItem, ReleaseItem] = models.ManyToManyField(
        WorkItem, through="devlink.ReleaseItem", related_name="releases"
    )

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-planned_for", "-id"]
        constraints = (
            models.CheckConstraint(
                name="devlink_release_state", condition=Q(state__in=list(RELEASE.states))
            ),
            models.UniqueConstraint(
                fields=["tracker", "external_id"],
                condition=~Q(external_id=""),
                name="devlink_release_external",
            ),
        )

    def __str__(self) -> str:
        return f"Release {self.version}"

    def get_absolute_url(self) -> str:
        return reverse("devlink:release", args=[self.pk])

    @property
    def state_label(self) -> str:
        return RELEASE.label(self.state)

    @property
    def is_released(self) -> bool:
        return RELEASE.category(self.state) == "released"


class ReleaseItem(models.Model):
    """A work item in a release."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="items")
    work_item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=250, blank=True, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["release", "work_item"], name="devlink_item_once"),
        )

    def __str__(self) -> str:
        return f"{self.work_item_id} in {self.release_id}"


class Deployment(models.Model):
    """A release moved into an environment."""

    class Status(models.TextChoices):
        STARTED = "started", "Started"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="deployments")
    environment = models.CharField(max_length=40, default="production")
    status = models.CharField(max_length=10, choices=Status, default=Status.STARTED)
    tracker = models.ForeignKey(
        Tracker, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    external_id = models.CharField(max_length=80, blank=True, default="")
    external_url = models.URLField(max_length=300, blank=True, default="")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.UniqueConstraint(
                fields=["tracker", "external_id"],
                condition=~Q(external_id=""),
                name="devlink_deployment_external",
            ),
        )

    def __str__(self) -> str:
        return f"{self.release_id} to {self.environment}"


class ReadinessItemQuerySet(models.QuerySet["ReadinessItem"]):
    """Reads of readiness criteria."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()

    def holding(self) -> Self:
        """Blocking and still open: approval waits for these."""
        return self.filter(blocking=True, status=ReadinessItem.Status.OPEN)


class ReadinessItem(models.Model):
    """A readiness criterion of a release and its evidence; blocking ones hold approval."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        MET = "met", "Met"
        WAIVED = "waived", "Waived"

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="readiness")
    key = models.SlugField(max_length=40)
    label = models.CharField(max_length=200)
    blocking = models.BooleanField(default=False)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    evidence = models.TextField(blank=True, default="")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(null=True, blank=True)

    objects = ReadinessItemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.UniqueConstraint(fields=["release", "key"], name="devlink_readiness_once"),
        )

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return self.release.get_absolute_url()


class SignOff(models.Model):
    """A support team's word on a release. Rows are only added; the latest of a team counts."""

    class Verdict(models.TextChoices):
        READY = "ready", "Ready"
        CONDITIONS = "ready_with_conditions", "Ready with conditions"
        NOT_READY = "not_ready", "Not ready"

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="sign_offs")
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=24, choices=Verdict)
    conditions = models.TextField(blank=True, default="")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="devlink_signoff_conditions",
                condition=~Q(verdict="ready_with_conditions") | ~Q(conditions=""),
                violation_error_message="Name the conditions.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.verdict} on {self.release_id}"
