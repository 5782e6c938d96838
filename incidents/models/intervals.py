"""Time spent: in each state (append-only), and by agents on a ticket (captured by the page)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Person
from incidents.models.ticket import CATEGORY_CHOICES, Ticket
from incidents.workflow import STATE_CHOICES


class StatusInterval(models.Model):
    """A stretch of time in one state. A row is added at each step and closed by the next."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="status_intervals")
    state = models.CharField(max_length=24, choices=STATE_CHOICES)
    category = models.CharField(max_length=24, choices=CATEGORY_CHOICES)
    reason = models.CharField(max_length=120, blank=True, default="")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["started_at", "id"]
        constraints = (
            models.CheckConstraint(
                name="incidents_interval_forward",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
            ),
            models.UniqueConstraint(
                fields=["ticket"],
                condition=Q(ended_at__isnull=True),
                name="incidents_interval_one_running",
            ),
        )
        indexes = (
            models.Index(
                fields=["started_at"],
                condition=Q(ended_at__isnull=True),
                name="incidents_interval_running",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.state}"


class TouchInterval(models.Model):
    """A stretch in which a person had the ticket open and was active on it."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="touches")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["started_at", "id"]
        constraints = (
            models.CheckConstraint(
                name="incidents_touch_forward", condition=Q(ended_at__gte=F("started_at"))
            ),
        )
        indexes = (
            models.Index(fields=["person", "ticket", "-ended_at"], name="incidents_touch_latest"),
            models.Index(fields=["ended_at"], name="incidents_touch_ended"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} on {self.ticket_id}"
