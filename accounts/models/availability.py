"""When people work, and when they are away."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models.people import Membership, Person
from accounts.roles import Role

ARRANGER_ROLES = frozenset({Role.MANAGER, Role.ADMIN})


def arranges_for(arranger: Person, person: Person) -> bool:
    """True for oneself, for managers and admins, and for who leads a team the person is in."""
    if arranger.pk == person.pk or arranger.has_role(ARRANGER_ROLES):
        return True
    led = Membership.objects.filter(person=arranger, is_lead=True).values("team_id")
    return Membership.objects.filter(person=person, team_id__in=led).exists()


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Reads of absences."""

    def visible_to(self, person: Person) -> Self:
        """Staff see who of the staff is away; requesters see nothing."""
        return self if person.is_staff_member else self.none()

    def at(self, moment: datetime) -> Self:
        """Those that hold at this moment."""
        return self.filter(starts_at__lte=moment, ends_at__gt=moment)

    def not_over(self, moment: datetime) -> Self:
        """Those that hold or are to come."""
        return self.filter(ends_at__gt=moment)


class Absence(models.Model):
    """A time in which a person is away, and who stands in for them meanwhile."""

    class Reason(models.TextChoices):
        HOLIDAY = "holiday", "Holiday"
        SICK = "sick", "Sick"
        TRAINING = "training", "Training"
        BREAK = "break", "Break"
        OTHER = "other", "Other"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    substitute = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="substitutions"
    )
    reason = models.CharField(max_length=10, choices=Reason, default=Reason.HOLIDAY)
    note = models.CharField(max_length=200, blank=True, default="")
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["starts_at", "id"]
        constraints = (
            models.CheckConstraint(
                name="accounts_absence_forward", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="accounts_absence_other",
                condition=Q(substitute__isnull=True) | ~Q(substitute=F("person")),
            ),
        )
        indexes = (
            models.Index(fields=["person", "ends_at"], name="accounts_absence_person"),
            models.Index(fields=["substitute", "ends_at"], name="accounts_absence_substitute"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} away {self.starts_at} to {self.ends_at}"


class WorkWeekQuerySet(models.QuerySet["WorkWeek"]):
    """Reads of work weeks."""

    def visible_to(self, person: Person) -> Self:
        """Staff see when staff work."""
        return self if person.is_staff_member else self.none()


class WorkWeek(models.Model):
    """When a person works in a normal week, in their time zone, and how much they take on.

    Somebody without hours is at work around the clock. `capacity` is the most tickets in work the
    desk gives them by itself; None leaves it to their team.
    """

    person = models.OneToOneField(
        Person, primary_key=True, on_delete=models.CASCADE, related_name="work_week"
    )
    time_zone = models.CharField(max_length=64, default="UTC")
    capacity = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = WorkWeekQuerySet.as_manager()

    def __str__(self) -> str:
        return f"week of {self.person_id}"


class WorkingHours(models.Model):
    """One stretch of work on one weekday (Monday is 0), in the week's time zone."""

    week = models.ForeignKey(WorkWeek, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField()
    starts_at = models.TimeField()
    ends_at = models.TimeField()

    class Meta:
        verbose_name_plural = "working hours"
        ordering: ClassVar[list[str]] = ["weekday", "starts_at"]
        constraints = (
            models.UniqueConstraint(
                fields=["week", "weekday", "starts_at"], name="accounts_hours_once"
            ),
            models.CheckConstraint(
                name="accounts_hours_sound",
                condition=Q(weekday__lte=6) & Q(ends_at__gt=F("starts_at")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts_at}-{self.ends_at}"
