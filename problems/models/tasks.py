"""What is to be done for a problem."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from accounts.models import Person
from incidents.models import ListedTask
from problems.models.problem import Problem


class ProblemTaskQuerySet(models.QuerySet["ProblemTask"]):
    """Reads of tasks."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible problems."""
        return self.filter(problem__in=Problem.objects.visible_to(person))


class ProblemTask(ListedTask):
    """Something to be done for a problem: a part of the root cause analysis, or anything else."""

    class Kind(models.TextChoices):
        ANALYSIS = "analysis", "Root cause analysis"
        GENERAL = "general", "General"

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="tasks")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.GENERAL)

    objects = ProblemTaskQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        indexes = (
            models.Index(
                fields=["assignee", "due_at"],
                condition=Q(done_at__isnull=True),
                name="problems_task_to_do",
            ),
        )
