"""Figures worked out ahead, and the true causes of the demo (read by tests only)."""

from django.db import models

from catalogue.models import Service
from incidents.models import Ticket


class DemoTruth(models.Model):
    """The true cause of a demo ticket, known because we wrote it; only tests read it."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="+")
    cause = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.cause}"


class DayFigures(models.Model):
    """What came in and what was solved on one day for one service (null: no service named).

    Worked out from tickets by `dashboards.figures`; never edited, safe to work out again.
    """

    day = models.DateField()
    service = models.ForeignKey(Service, null=True, on_delete=models.CASCADE, related_name="+")
    incidents = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    resolved = models.PositiveIntegerField(default=0)
    # Resolved contacts that could have been solved at first contact, and those that were.
    first_contact_eligible = models.PositiveIntegerField(default=0)
    first_contact = models.PositiveIntegerField(default=0)
    reopened = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["day", "service"], nulls_distinct=False, name="dashboards_day_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.service_id}"
