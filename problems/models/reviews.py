"""Reviews and what follows from them: the shape shared with major incidents, and the own one."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Level
from problems.models.problem import Problem
from problems.workflow import FOLLOW_UP

Row_co = TypeVar("Row_co", bound="FollowUpFields", covariant=True)


class ReviewWords(models.Model):
    """What happened, why, and what was learnt; without blame, and published when it is agreed."""

    summary = models.TextField(blank=True, default="")
    causes = models.TextField(blank=True, default="")
    went_well = models.TextField(blank=True, default="")
    went_wrong = models.TextField(blank=True, default="")
    lessons = models.TextField(blank=True, default="")
    written_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        abstract = True

    @property
    def changed_at(self) -> datetime | None:
        """When it was last changed after it was published; None when it was not."""
        published = self.published_at
        return self.written_at if published and self.written_at > published else None


class FollowUpQuerySet(models.QuerySet[Row_co]):
    """Reads of follow-ups, whatever they belong to."""

    def outstanding(self) -> Self:
        """To be done."""
        return self.filter(state="outstanding")

    def overdue(self, today: date) -> Self:
        """To be done, and late."""
        return self.outstanding().filter(due_on__lt=today)

    def to_remind(self, today: date) -> Self:
        """Late, and nobody was reminded of this date yet."""
        return self.overdue(today).filter(
            Q(reminded_of__isnull=True) | ~Q(reminded_of=models.F("due_on"))
        )


class FollowUpFields(models.Model):
    """Something to be done so that it does not happen again.

    `reminded_of` is the date people were reminded of: a new date is reminded of anew.
    """

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
    reminded_of = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def state_label(self) -> str:
        return FOLLOW_UP.label(self.state)


class ProblemReviewQuerySet(models.QuerySet["ProblemReview"]):
    """Reads of reviews."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible problems."""
        return self.filter(problem__in=Problem.objects.visible_to(person))


class ProblemReview(ReviewWords):
    """The review of a problem once it is over."""

    problem = models.OneToOneField(
        Problem, primary_key=True, on_delete=models.CASCADE, related_name="review"
    )

    objects = ProblemReviewQuerySet.as_manager()

    def __str__(self) -> str:
        return f"review of {self.problem_id}"


class ProblemActionQuerySet(FollowUpQuerySet["ProblemAction"]):
    """Reads of what follows from problems."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible problems."""
        return self.filter(problem__in=Problem.objects.visible_to(person))


class ProblemAction(FollowUpFields):
    """Something to be done after the review of a problem."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="follow_ups")

    objects = ProblemActionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="problems_action_state", condition=Q(state__in=list(FOLLOW_UP.states))
            ),
        )
        indexes = (
            models.Index(
                fields=["due_on"], condition=Q(state="outstanding"), name="problems_action_due"
            ),
        )

    def get_absolute_url(self) -> str:
        return f"{reverse('problems:review', args=[self.problem_id])}#follow-ups"
