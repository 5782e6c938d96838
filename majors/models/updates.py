"""What was told, to whom, and the texts prepared for it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Person
from majors.models.major import MajorIncident
from majors.workflow import AUDIENCES, STATUS


class StatusUpdateQuerySet(models.QuerySet["StatusUpdate"]):
    """Reads of updates."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible major incidents."""
        return self.filter(major__in=MajorIncident.objects.visible_to(person))


class StatusUpdate(models.Model):
    """One update: the status it gives, and a text for each audience it went to."""

    major = models.ForeignKey(MajorIncident, on_delete=models.CASCADE, related_name="updates")
    status = models.CharField(max_length=16, choices=STATUS.choices)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    posted_at = models.DateTimeField(default=timezone.now)
    next_update_due_at = models.DateTimeField(null=True, blank=True)

    objects = StatusUpdateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="majors_update_status", condition=Q(status__in=list(STATUS.states))
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_status_display()} on {self.major_id}"


class UpdateTextQuerySet(models.QuerySet["UpdateText"]):
    """Reads of texts."""

    def for_everybody(self) -> Self:
        """What stands on the public status page; the only texts read without signing in."""
        return self.filter(audience="public", update__major__state="accepted")


class UpdateText(models.Model):
    """What one audience was told."""

    update = models.ForeignKey(StatusUpdate, on_delete=models.CASCADE, related_name="texts")
    audience = models.CharField(max_length=12, choices=AUDIENCES)
    body = models.TextField()

    objects = UpdateTextQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.UniqueConstraint(fields=["update", "audience"], name="majors_text_once"),
            models.CheckConstraint(
                name="majors_text_audience",
                condition=Q(audience__in=[name for name, _ in AUDIENCES]),
            ),
        )

    def __str__(self) -> str:
        return f"for {self.get_audience_display()}"


class UpdateTemplateQuerySet(models.QuerySet["UpdateTemplate"]):
    """Reads of templates."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()


class UpdateTemplate(models.Model):
    """The text an update begins with, by audience and status.

    Its variables (`majors.texts.variables_for`) are filled in when an update is begun.
    """

    audience = models.CharField(max_length=12, choices=AUDIENCES)
    status = models.CharField(max_length=16, choices=STATUS.choices)
    body = models.TextField()

    objects = UpdateTemplateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["status", "audience"]
        constraints = (
            models.UniqueConstraint(fields=["audience", "status"], name="majors_template_once"),
            models.CheckConstraint(
                name="majors_template_status", condition=Q(status__in=list(STATUS.states))
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_status_display()} for {self.get_audience_display()}"
