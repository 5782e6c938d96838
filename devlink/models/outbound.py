"""What is to be done in a tracker: rows first, sent after the commit."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from devlink.models.trackers import Tracker
from devlink.models.work import WorkItem


class OutboundCall(models.Model):
    """One thing to be done in a tracker, tried until it is done or cannot be."""

    class Kind(models.TextChoices):
        CREATE = "create", "Create the item"
        PACK = "pack", "Post the evidence"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    tracker = models.ForeignKey(Tracker, on_delete=models.CASCADE, related_name="calls")
    work_item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="calls")
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes = (
            models.Index(
                fields=["tracker", "id"], condition=Q(state="waiting"), name="devlink_call_waiting"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.work_item_id}: {self.state}"
