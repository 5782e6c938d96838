"""The post-incident review, and what follows from it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import Person
from majors.models.major import MajorIncident
from problems.models import FollowUpFields, FollowUpQuerySet, Problem, ReviewWords
from problems.workflow import FOLLOW_UP


class ReviewQuerySet(models.QuerySet["Review"]):
    """Reads of reviews."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible major incidents."""
        return self.filter(major__in=MajorIncident.objects.visible_to(person))


class Review(ReviewWords):
    """What happened, why, and what was learnt; without blame, and published when it is agreed."""

    major = models.OneToOneField(
        MajorIncident, primary_key=True, on_delete=models.CASCADE, related_name="review"
    )
    problem = models.ForeignKey(
        Problem, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ReviewQuerySet.as_manager()

    def __str__(self) -> str:
        return f"review of {self.major_id}"


class MajorFollowUpQuerySet(FollowUpQuerySet["FollowUp"]):
    """Reads of follow-ups."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible major incidents."""
        return self.filter(major__in=MajorIncident.objects.visible_to(person))


class FollowUp(FollowUpFields):
    """Something to be done so that it does not happen again."""

    major = models.ForeignKey(MajorIncident, on_delete=models.CASCADE, related_name="follow_ups")

    objects = MajorFollowUpQuerySet.as_manager()

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

    def get_absolute_url(self) -> str:
        return f"{reverse('majors:major', args=[self.major_id])}#follow-ups"
