"""At which version of a problem each of its fields was last changed, and by whom."""

from __future__ import annotations

from django.db import models

from incidents.models.versions import FieldVersionFields, VersionQuerySet
from problems.models.problem import Problem


class ProblemFieldVersionQuerySet(VersionQuerySet["ProblemFieldVersion"]):
    """Those of problems."""

    owner = "problem"


class ProblemFieldVersion(FieldVersionFields):
    """A field of a problem, of its known error or of its review."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="+")

    objects = ProblemFieldVersionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["problem", "field"], name="problems_fieldversion_once"),
        )

    def __str__(self) -> str:
        return f"{self.field} of {self.problem_id} since {self.version}"
