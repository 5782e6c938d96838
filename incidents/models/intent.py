"""What somebody came to the portal for, and whether an article or workaround was enough."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Person
from accounts.roles import LEAD_ROLES
from incidents.models.ticket import Ticket
from knowledge.models import Article

SETTLED_AFTER = timedelta(hours=24)


class PortalSessionQuerySet(models.QuerySet["PortalSession"]):
    """Reads of portal sessions."""

    def visible_to(self, person: Person) -> Self:
        """Those who lead, who answer for the figure."""
        return self if person.has_role(LEAD_ROLES) else self.none()

    def of(self, person: Person) -> Self:
        """A person's own visits."""
        return self.filter(person=person)

    def settled(self, now: datetime) -> Self:
        """Begun more than a day ago: whether a contact followed is known."""
        return self.filter(started_at__lt=now - SETTLED_AFTER)

    def unsettled(self, now: datetime) -> Self:
        """Begun within the last day."""
        return self.filter(started_at__gte=now - SETTLED_AFTER)

    def quiet(self) -> Self:
        """No contact followed within a day of the first words."""
        late = Q(contact_at__gt=F("started_at") + SETTLED_AFTER)
        return self.filter(Q(contact_at__isnull=True) | late)

    def contacted(self) -> Self:
        """A contact followed within a day."""
        return self.filter(contact_at__lte=F("started_at") + SETTLED_AFTER)

    def deflected(self) -> Self:
        """An article or a known error's workaround was opened; no contact followed in a day."""
        return self.quiet().helped()

    def helped(self) -> Self:
        """An article or the workaround of a known error was opened."""
        return self.filter(Q(article__isnull=False) | Q(workaround_at__isnull=False))

    def alone(self) -> Self:
        """Neither an article nor a workaround was opened."""
        return self.filter(article=None, workaround_at=None)


class PortalSession(models.Model):
    """Words typed into the report form were intent to contact us; what came of it.

    Nobody says that what they read answered them: deflection is inferred from silence.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=250)
    suggested = models.PositiveSmallIntegerField(default=0)
    article = models.ForeignKey(Article, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField(null=True)
    # When the workaround of a suggested known error was opened first.
    workaround_at = models.DateTimeField(null=True)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="+")
    contact_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(default=timezone.now)

    objects = PortalSessionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes = (
            models.Index(fields=["person", "-started_at"], name="incidents_session_person"),
            models.Index(fields=["started_at"], name="incidents_session_started"),
        )

    def __str__(self) -> str:
        return f"{self.person_id}: {self.text}"
