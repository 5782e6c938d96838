"""Trackers of development, and what they told us by webhook."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person, Team
from accounts.roles import Role
from core.secrecy import seal, unseal
from devlink.connectors import registry
from devlink.connectors.base import Access
from devlink.workflow import TRACKER

# Only tells of deployments, by webhook; nothing is asked of it.
SAMPLE = "sample"
PIPELINE = "pipeline"
PIPELINE_LABEL = "Deployments of any pipeline"


def kind_choices() -> list[tuple[str, str]]:
    """Every kind of tracker with its name."""
    return [*registry.KINDS.items(), (PIPELINE, PIPELINE_LABEL)]


def offered_kinds() -> list[tuple[str, str]]:
    """What a new tracker may be; the sample one lives in the memory of one process and is for
    development only.
    """
    return [one for one in kind_choices() if one[0] != SAMPLE or settings.DEBUG]


class TrackerQuerySet(models.QuerySet["Tracker"]):
    """Reads of trackers."""

    def visible_to(self, person: Person) -> Self:
        """Admins: an entry says where development works and how it is reached."""
        return self if person.has_role({Role.ADMIN}) else self.none()

    def offered_to(self, person: Person) -> Self:
        """Those a work item can be sent to, for staff to choose by name."""
        if not person.is_staff_member:
            return self.none()
        return self.filter(state="active").exclude(kind=PIPELINE)

    def reachable(self) -> Self:
        """Active ones that can be asked something, whether now or after their back-off."""
        return self.filter(state="active").exclude(kind=PIPELINE)

    def ready(self) -> Self:
        """Reachable ones that are not waiting after trouble."""
        now = timezone.now()
        return self.reachable().filter(Q(not_before__isnull=True) | Q(not_before__lte=now))


class Tracker(models.Model):
    """Where development keeps its work. Token and secret are sealed and never shown again."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80, unique=True)
    base_url = models.URLField(max_length=300, blank=True, default="")
    project = models.CharField(max_length=200, blank=True, default="")
    user = models.CharField(max_length=200, blank=True, default="")
    sealed_token = models.TextField(blank=True, default="", editable=False)
    sealed_secret = models.TextField(blank=True, default="", editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    # What the tracker calls a part of the product (a label), and our component's number.
    components = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=TRACKER.choices, default=TRACKER.initial)
    reason = models.TextField(blank=True, default="")
    last_sync_at = models.DateTimeField(null=True, blank=True)
    # The newest change of an item, and the newest deployment, that was taken over.
    items_until = models.DateTimeField(null=True, blank=True)
    deployments_until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")
    failures = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = TrackerQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints = (
            models.CheckConstraint(
                name="devlink_tracker_state", condition=Q(state__in=list(TRACKER.states))
            ),
            models.CheckConstraint(
                name="devlink_tracker_reason",
                condition=Q(state="active") | ~Q(reason=""),
                violation_error_message="Say why it is disabled.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("devlink:tracker", args=[self.pk])

    @property
    def state_label(self) -> str:
        return TRACKER.label(self.state)

    @property
    def kind_label(self) -> str:
        return dict(kind_choices()).get(self.kind, self.kind)

    @property
    def is_active(self) -> bool:
        return self.state == TRACKER.initial

    @property
    def is_pipeline(self) -> bool:
        """True when it only tells of deployments."""
        return self.kind == PIPELINE

    @property
    def is_waiting(self) -> bool:
        """True while it is left alone after trouble."""
        return self.not_before is not None and self.not_before > timezone.now()

    @property
    def has_token(self) -> bool:
        return bool(self.sealed_token)

    @property
    def webhook_path(self) -> str:
        """Where it sends its deliveries, without the site."""
        kind = "deployment" if self.is_pipeline else "tracker"
        return reverse(f"devlink:{kind}_webhook", args=[self.public_id])

    def keep_token(self, token: str) -> None:
        """Takes a token over, sealed; the caller saves `sealed_token`."""
        self.sealed_token = seal(token, purpose="tracker.token")

    def keep_secret(self, secret: str) -> None:
        """Takes a webhook secret over, sealed; the caller saves `sealed_secret`."""
        self.sealed_secret = seal(secret, purpose="tracker.secret")

    def webhook_secret(self) -> str:
        """By which a delivery proves where it comes from; raises core.secrecy.Unreadable."""
        return unseal(self.sealed_secret, purpose="tracker.secret")

    def access(self) -> Access:
        """How its connector reaches it; raises core.secrecy.Unreadable."""
        return Access(
            base_url=self.base_url,
            project=self.project,
            token=unseal(self.sealed_token, purpose="tracker.token"),
            user=self.user,
        )


class TrackerDeliveryQuerySet(models.QuerySet["TrackerDelivery"]):
    """Reads of what came in."""

    def visible_to(self, person: Person) -> Self:
        """Admins."""
        return self if person.has_role({Role.ADMIN}) else self.none()

    def due(self) -> Self:
        """Not read yet, and not waiting after trouble."""
        return self.filter(state="waiting", due_at__lte=timezone.now())


class TrackerDelivery(models.Model):
    """One delivery as it came. The text goes after a month; that it came is known for good."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        IGNORED = "ignored", "Nothing to do"
        FAILED = "failed", "Failed"

    tracker = models.ForeignKey(Tracker, on_delete=models.CASCADE, related_name="deliveries")
    delivery_id = models.CharField(max_length=100)
    event = models.CharField(max_length=80, blank=True, default="")
    # Header names are lower case; those that may hold a secret are not among them.
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True, default="")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True, default="")
    received_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = TrackerDeliveryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        verbose_name_plural = "tracker deliveries"
        constraints = (
            models.UniqueConstraint(
                fields=["tracker", "delivery_id"], name="devlink_tracker_delivery_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["tracker", "id"],
                condition=Q(state="waiting"),
                name="devlink_delivery_waiting",
            ),
            models.Index(
                fields=["received_at"], condition=~Q(body=""), name="devlink_delivery_text"
            ),
        )

    def __str__(self) -> str:
        return f"delivery {self.pk} of {self.tracker_id}: {self.state}"
