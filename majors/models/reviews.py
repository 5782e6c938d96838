"""The post-incident review, and what follows from it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Level
from majors.models.major import MajorIncident
from majors.workflow import FOLLOW_UP
from problems.models import Problem


class ReviewQuerySet(models.QuerySet["Review"]):
    """Reads of reviews."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible major incidents."""
        return self.filter(major__in=MajorIncident.objects.visible_to(person))


class Review(models.Model):
    """What happened, why, and what was learnt; without blame, and published when it is agreed."""

    major = models.OneToOneField(
        MajorIncident, primary_key=True, on_delete=models.CASCADE, related_name="review"
    )
    summary = models.TextField(blank=True, default="")
    causes = models.TextField(blank=True, default="")
    went_well = models.TextField(blank=True, default="")
    went_wrong = models.TextField(blank=True, default="")
    lessons = models.TextField(blank=True, default="")
    problem = models.ForeignKey(
        Problem, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    written_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ReviewQuerySet.as_manager()

    def __str__(self) -> str:
        return f"review of {self.major_id}"


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    """Reads of follow-ups."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible major incidents."""
        return self.filter(major__in=MajorIncident.objects.visible_to(person))

    def outstanding(self) -> Self:
        """To be done."""
        return self.filter(state="outstanding")

    def overdue(self, today: date) -> Self:
        """To be done, and late."""
        return self.outstanding().filter(due_on__lt=today)


class FollowUp(models.Model):
    """Something to be done so that it does not happen again."""

    major = models.ForeignKey(MajorIncident, on_delete=models.CASCADE, related_name="follow_ups")
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=FOLLOW_UP.choices, default=FOLLOW_UP.initial)
    assignee = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    priority = models.PositiveSmallIntegerField(choices=Level, default=Level.MEDIUM)
    due_on = models.DateField(null=True, blank=True)
    link = models.URLField(max_length=300, blank=True, default="")
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="majors_follow_up_state", condition=Q(state__in=list(FOLLOW_UP.states))
            ),
        )
        indexes = (
            models.Index(
                fields=["due_on"],
                condition=Q(state="outstanding"),
                name="majors_follow_up_due",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{reverse('majors:major', args=[self.major_id])}#follow-ups"

    @property
    def state_label(self) -> str:
        return FOLLOW_UP.label(self.state)
