"""What only the demo organisation and its tests need."""

from django.db import models

from incidents.models import Ticket


class DemoTruth(models.Model):
    """The true cause of a demo ticket, known because the demo was written by us; only tests read it."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="+")
    cause = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.cause}"
