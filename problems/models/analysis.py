"""What people work out while they look for a root cause: whys, a tree of causes, a timeline."""

from __future__ import annotations

from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from problems.models.problem import Problem
from problems.workflow import BRANCHES, STANDINGS

Part_co = TypeVar("Part_co", bound="PartOfAnalysis", covariant=True)


class PartQuerySet(models.QuerySet[Part_co]):
    """Reads of what belongs to a problem's analysis."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible problems."""
        return self.filter(problem__in=Problem.objects.visible_to(person))


class PartOfAnalysis(models.Model):
    """Something that was written down about a problem, with what it rests on.

    `evidence` is a web address, a path of this site, or a reference such as INC-42.
    """

    evidence = models.CharField(max_length=300, blank=True, default="")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        problem_id: int = self.problem_id  # type: ignore[attr-defined]  # every part has one
        return reverse("problems:analysis", args=[problem_id])


class WhyQuerySet(PartQuerySet["Why"]):
    """Reads of whys."""


class Why(PartOfAnalysis):
    """One answer of the five whys; the next why asks for the reason of this answer."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="whys")
    position = models.PositiveSmallIntegerField()
    answer = models.TextField()

    objects = WhyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]

    def __str__(self) -> str:
        return self.answer


class CauseQuerySet(PartQuerySet["Cause"]):
    """Reads of causes."""


class Cause(PartOfAnalysis):
    """A possible cause on the fishbone, or the cause of one (`parent`)."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="causes")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )
    branch = models.CharField(max_length=14, choices=BRANCHES)
    text = models.CharField(max_length=300)
    standing = models.CharField(max_length=14, choices=STANDINGS, default="suspected")
    falsifier = models.CharField(max_length=300, blank=True, default="")

    objects = CauseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.CheckConstraint(
                name="problems_cause_branch",
                condition=Q(branch__in=[name for name, _ in BRANCHES]),
            ),
            models.CheckConstraint(
                name="problems_cause_standing",
                condition=Q(standing__in=[name for name, _ in STANDINGS]),
            ),
            models.CheckConstraint(name="problems_cause_not_its_own", condition=~Q(parent=F("id"))),
        )

    def __str__(self) -> str:
        return self.text


class EntryQuerySet(PartQuerySet["TimelineEntry"]):
    """Reads of lines of the timeline."""


class TimelineEntry(PartOfAnalysis):
    """A line of the timeline written by hand."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    text = models.CharField(max_length=500)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]

    def __str__(self) -> str:
        return self.text
