"""Merges of tickets: what each one changed, so that it can be undone exactly."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Ticket

# How long a merge can be undone.
UNDO_FOR = timedelta(days=30)


class TicketMerge(models.Model):
    """One merge of a ticket (the source) into another (the target).

    Messages, files and links of the source stay where they are. `before` holds the little that a
    merge does change: `state`, `reason` and `first_contact` (the target's) as they were, and the
    rows it added or moved by id: `moved` tickets whose pointer led to the source, `relations`,
    `readers` as pairs of ticket and person, `shares` of the target as pairs of team and reason.
    `own_shares` are those the source had by itself.
    """

    source = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="merges")
    target = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="merges_received")
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField(default=timezone.now)
    # The people of both tickets may read the public words of both.
    opened = models.BooleanField(default=False)
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="incidents_merge_not_itself", condition=~Q(source=F("target"))
            ),
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(undone_at__isnull=True),
                name="incidents_merge_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.source_id} into {self.target_id}"

    @property
    def undo_until(self) -> datetime:
        return self.merged_at + UNDO_FOR
