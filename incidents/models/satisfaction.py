"""How satisfied requesters were, and why."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Ticket

SATISFIED_FROM = 4


class CsatReasonQuerySet(models.QuerySet["CsatReason"]):
    """Reads of reasons."""

    def visible_to(self, person: Person) -> Self:
        """Everybody signed in may read what can be chosen."""
        return self

    def offered(self) -> Self:
        """Those that can be chosen now."""
        return self.filter(retired=False)


class CsatReason(models.Model):
    """A reason a requester may give with the score, in the order offered."""

    label = models.CharField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    retired = models.BooleanField(default=False)

    objects = CsatReasonQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "label"]

    def __str__(self) -> str:
        return self.label


class CsatSurveyQuerySet(models.QuerySet["CsatSurvey"]):
    """Reads of surveys. CSAT is satisfied / answered; the response rate is answered / asked."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible tickets."""
        return self.filter(ticket__in=Ticket.objects.visible_to(person))

    def asked(self, since: datetime, until: datetime) -> Self:
        """Those who were asked from `since` and before `until`: what the rates are counted in."""
        return self.filter(asked_at__gte=since, asked_at__lt=until)

    def answered(self) -> Self:
        """Those who gave a score."""
        return self.filter(answered_at__isnull=False)

    def satisfied(self) -> Self:
        """Those whose score was 4 or 5 of 5."""
        return self.answered().filter(ticket__csat_score__gte=SATISFIED_FROM)


class CsatSurvey(models.Model):
    """The one time a requester is asked about a ticket. The score itself stands on the ticket."""

    class Via(models.TextChoices):
        LINK = "link", "Link in the mail"
        PORTAL = "portal", "Portal"
        API = "api", "API"

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="survey"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.ForeignKey(
        CsatReason, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    via = models.CharField(max_length=8, choices=Via, blank=True, default="")

    objects = CsatSurveyQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["asked_at"], name="incidents_survey_asked"),)

    def __str__(self) -> str:
        return f"survey of {self.ticket_id}"
