"""Business calendars: when people work. Their versions are only ever added."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person


class CalendarQuerySet(models.QuerySet["BusinessCalendar"]):
    """Reads of calendars."""

    def visible_to(self, person: Person) -> Self:
        """Staff see when people work; requesters see it on their tickets only."""
        return self if person.is_staff_member else self.none()


class BusinessCalendar(models.Model):
    """Working hours under one name. What they are is its newest version."""

    name = models.CharField(max_length=80, unique=True)

    objects = CalendarQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalogue:calendar", args=[self.pk])

    @property
    def newest(self) -> CalendarVersion:
        """The version in force."""
        return self.versions.select_related("calendar")[0]


class CalendarVersionQuerySet(models.QuerySet["CalendarVersion"]):
    """Reads of versions."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible calendars."""
        return self.filter(calendar__in=BusinessCalendar.objects.visible_to(person))


class CalendarVersion(models.Model):
    """Hours as they were said once; a change is a new row, so that any deadline can be retold.

    `week` is seven lists of [from, to] in minutes of the day, Monday first. `days` lists dates
    that differ: {"date", "name", "hours", "source"}; no hours is a holiday, and `source` is
    "library", "own" or "ical". Holidays are written out so that a newer library changes nothing.
    """

    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveIntegerField()
    zone = models.CharField(max_length=60)
    week = models.JSONField()
    country = models.CharField(max_length=3, blank=True, default="")
    subdivision = models.CharField(max_length=20, blank=True, default="")
    days = models.JSONField(default=list)
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = CalendarVersionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints = (
            models.UniqueConstraint(
                fields=["calendar", "number"], name="catalogue_calendar_version"
            ),
        )

    def __str__(self) -> str:
        return f"{self.calendar} version {self.number}"
