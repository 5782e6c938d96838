"""Who reads along on a ticket: people in copy, and people named in a message."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Person


class TicketCopy(models.Model):
    """A person in copy: they read what the requester reads, and are told of public replies."""

    ticket = models.ForeignKey("incidents.Ticket", on_delete=models.CASCADE, related_name="copies")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "ticket copies"
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.UniqueConstraint(fields=["ticket", "person"], name="incidents_copy_once"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} in copy of {self.ticket_id}"


class Mention(models.Model):
    """A person named with @ in a message."""

    message = models.ForeignKey(
        "incidents.Message", on_delete=models.CASCADE, related_name="mentions"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["message", "person"], name="incidents_mention_once"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} in {self.message_id}"
