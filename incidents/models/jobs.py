"""Work on many tickets: one job, one item a ticket; resumable, and safe to run twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Ticket

UNDO_FOR = timedelta(minutes=10)


class TicketJobQuerySet(models.QuerySet["TicketJob"]):
    """Reads of jobs."""

    def visible_to(self, person: Person) -> Self:
        """One's own; overseers see everybody's."""
        return self if person.is_overseer else self.filter(requested_by=person)

    def unfinished(self) -> Self:
        """Waiting for a worker, or at work."""
        return self.filter(state__in=TicketJob.UNFINISHED)


class TicketJob(models.Model):
    """One operation on many tickets, or the undoing of one (`undoes`).

    `done` and `refused` count items that are over; each counts in the item's own transaction.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    UNFINISHED = (State.QUEUED, State.RUNNING)

    operation = models.CharField(max_length=60)
    summary = models.CharField(max_length=300)
    params = models.JSONField(default=dict)
    # The list's query string the tickets were taken from; empty when they were picked one by one.
    query = models.TextField(blank=True, default="")
    undoes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="undone_by"
    )
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(default=timezone.now)

    objects = TicketJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes = (
            models.Index(fields=["requested_by", "-id"], name="incidents_job_person"),
            models.Index(
                fields=["heartbeat_at"],
                condition=Q(state__in=["queued", "running"]),
                name="incidents_job_unfinished",
            ),
        )

    def __str__(self) -> str:
        return f"{self.summary} ({self.get_state_display()})"

    def get_absolute_url(self) -> str:
        return reverse("incidents:ticket_job", args=[self.pk])

    @property
    def is_unfinished(self) -> bool:
        return self.state in self.UNFINISHED

    @property
    def over(self) -> int:
        """Tickets that are done with, one way or the other."""
        return self.done + self.refused

    def undo_until(self) -> datetime | None:
        """Until when it can be undone, as far as time goes; None while it is at work."""
        return None if self.finished_at is None else self.finished_at + UNDO_FOR


class TicketJobItemQuerySet(models.QuerySet["TicketJobItem"]):
    """Reads of a job's tickets."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible jobs whose ticket the person may see."""
        return self.filter(
            job__in=TicketJob.objects.visible_to(person),
            ticket__in=Ticket.objects.visible_to(person),
        )

    def waiting(self) -> Self:
        """Not come to yet."""
        return self.filter(state=TicketJobItem.State.WAITING)

    def with_reason(self) -> Self:
        """Refused, or taken back in part: what a person has to know of."""
        return self.exclude(reason="")

    def partly(self) -> Self:
        """Taken back but for what somebody had changed since."""
        return self.with_reason().filter(state=TicketJobItem.State.DONE)


class TicketJobItem(models.Model):
    """One ticket of a job; it is changed and marked in one transaction, or neither."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"
        UNDONE = "undone", "Undone"

    job = models.ForeignKey(TicketJob, on_delete=models.CASCADE, related_name="items")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    # Why it was refused, or what of it stays although it was undone.
    reason = models.CharField(max_length=500, blank=True, default="")
    # What undoing needs to know.
    undo = models.JSONField(default=dict)
    undoes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="undone_by"
    )

    objects = TicketJobItemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.UniqueConstraint(fields=["job", "ticket"], name="incidents_job_item_once"),
        )
        indexes = (
            models.Index(fields=["job", "state", "id"], name="incidents_job_item_state"),
            models.Index(
                fields=["job", "id"],
                condition=Q(state="waiting"),
                name="incidents_job_item_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.get_state_display()}"
