"""Time people note themselves, beside the time the page has seen."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Ticket


def today() -> date:
    """The day it is here."""
    return timezone.localdate()


class TimeEntryQuerySet(models.QuerySet["TimeEntry"]):
    """Reads of time entries."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible tickets, for staff only."""
        if not person.is_staff_member:
            return self.none()
        return self.filter(ticket__in=Ticket.objects.visible_to(person))


class TimeEntry(models.Model):
    """Minutes a person says they spent on a ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="time_entries")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    minutes = models.PositiveSmallIntegerField()
    spent_on = models.DateField(default=today)
    what = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    objects = TimeEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "time entries"
        ordering: ClassVar[list[str]] = ["-spent_on", "-id"]
        constraints = (
            models.CheckConstraint(
                name="incidents_time_within_a_day", condition=Q(minutes__range=(1, 1440))
            ),
        )
        indexes = (models.Index(fields=["person", "-spent_on"], name="incidents_time_person"),)

    def __str__(self) -> str:
        return f"{self.minutes} min of {self.person_id} on {self.ticket_id}"
