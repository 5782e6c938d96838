"""How satisfied requesters were, and why."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
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
    """Reads of surveys.

    The response rate is answered / asked. CSAT is satisfied / last ratings: a ticket that was
    rated again after it was reopened counts once, with its last rating.
    """

    def visible_to(self, person: Person) -> Self:
        """Those of visible tickets."""
        return self.filter(ticket__in=Ticket.objects.visible_to(person))

    def asked(self, since: datetime, until: datetime) -> Self:
        """Those who were asked from `since` and before `until`: what the rates are counted in."""
        return self.filter(asked_at__gte=since, asked_at__lt=until)

    def answered(self) -> Self:
        """Those who gave a score."""
        return self.filter(answered_at__isnull=False)

    def last_ratings(self) -> Self:
        """Each ticket's last rating; one that a later resolution's rating replaced is left out."""
        later = CsatSurvey.objects.filter(
            ticket=OuterRef("ticket"),
            resolution__gt=OuterRef("resolution"),
            answered_at__isnull=False,
        )
        return self.answered().filter(~Exists(later))

    def satisfied(self) -> Self:
        """Last ratings of 4 or 5 of 5."""
        return self.last_ratings().filter(score__gte=SATISFIED_FROM)

    def of_resolution(self, ticket: Ticket, resolution: int) -> CsatSurvey | None:
        """The survey of one resolution with its reason; None when nobody was asked about it."""
        found = self.filter(ticket=ticket, resolution=resolution).select_related("reason")
        return found.first()


class CsatSurvey(models.Model):
    """The one time a requester is asked about one resolution of a ticket, and their answer.

    A ticket that was reopened and resolved again is asked about again: `resolution` is 1 for the
    first. The last rating also stands on the ticket itself.
    """

    class Via(models.TextChoices):
        LINK = "link", "Link in the mail"
        PORTAL = "portal", "Portal"
        API = "api", "API"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="surveys")
    resolution = models.PositiveSmallIntegerField(default=1)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.TextField(blank=True, default="")
    reason = models.ForeignKey(
        CsatReason, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    via = models.CharField(max_length=8, choices=Via, blank=True, default="")

    objects = CsatSurveyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["ticket", "resolution"]
        constraints = (
            models.UniqueConstraint(fields=["ticket", "resolution"], name="incidents_survey_once"),
            models.CheckConstraint(
                name="incidents_survey_score",
                condition=Q(answered_at__isnull=True, score__isnull=True)
                | Q(answered_at__isnull=False, score__range=(1, 5)),
            ),
        )
        indexes = (models.Index(fields=["asked_at"], name="incidents_survey_asked_at"),)

    def __str__(self) -> str:
        return f"survey {self.resolution} of {self.ticket_id}"


def is_rated(ticket: Ticket) -> bool:
    """True when the present resolution has its answer.

    A score that came with an import stands until the requester is asked here.
    """
    rows = CsatSurvey.objects.filter(ticket=ticket).values_list("resolution", "answered_at")
    known = dict(rows)
    if not known:
        return ticket.csat_score is not None
    return known.get(ticket.resolution_number) is not None
