"""Answers to forms built without code: a service's custom fields, and what a request asked."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from accounts.models import Person
from catalogue.models import IntakeForm, IntakeFormVersion
from incidents.models.ticket import Ticket


class TicketAnswersQuerySet(models.QuerySet["TicketAnswers"]):
    """Reads of answers."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible tickets; which of them requesters read is decided field by field."""
        return self.filter(ticket__in=Ticket.objects.visible_to(person))


class TicketAnswers(models.Model):
    """A ticket's typed answers to one form, by key, with the version they were given under."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="answers")
    form = models.ForeignKey(IntakeForm, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(IntakeFormVersion, on_delete=models.PROTECT, related_name="+")
    values = models.JSONField(default=dict)
    # Grows with every change, so that an editor's reading can be told from a newer one.
    edit = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TicketAnswersQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "ticket answers"
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.UniqueConstraint(fields=["ticket", "form"], name="incidents_answers_once"),
        )
        indexes = (
            GinIndex(fields=["values"], opclasses=["jsonb_path_ops"], name="incidents_answers_in"),
        )

    def __str__(self) -> str:
        return f"answers {self.form_id} of {self.ticket_id}"
