"""Which tickets were told a problem's workaround or fix, and when."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from accounts.models import Person
from incidents.models import Message, Ticket
from problems.models.problem import Problem
from problems.workflow import TOLD


class TellingQuerySet(models.QuerySet["Telling"]):
    """Reads of what was told."""

    def visible_to(self, person: Person) -> Self:
        """Those of which problem and ticket may be seen."""
        return self.filter(
            problem__in=Problem.objects.visible_to(person),
            ticket__in=Ticket.objects.visible_to(person),
        )


class Telling(models.Model):
    """One text told to the requester of one ticket; the same text is told there once."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="tellings")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=TOLD)
    # SHA-256 of the text before its variables are filled in.
    fingerprint = models.CharField(max_length=64)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)

    objects = TellingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.UniqueConstraint(
                fields=["problem", "ticket", "kind", "fingerprint"], name="problems_told_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.problem_id} to {self.ticket_id}"
