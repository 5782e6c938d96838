"""A request made from the catalogue: which item a ticket asks for."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils import timezone

from accounts.models import Person
from fulfilment.models.approvals import Approver
from fulfilment.models.items import RequestItem
from incidents.models import Ticket, TicketAnswers


class ItemRequestQuerySet(models.QuerySet["ItemRequest"]):
    """Reads of requests."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible tickets, and those the person is asked to decide on."""
        asked = Approver.objects.filter(person=person).values("approval__request_id")
        return self.filter(
            models.Q(ticket__in=Ticket.objects.visible_to(person)) | models.Q(pk__in=asked)
        )


class ItemRequest(models.Model):
    """One ticket's request of one item. Its answers do not change once it is submitted."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="+")
    item = models.ForeignKey(RequestItem, on_delete=models.PROTECT, related_name="requests")
    answers = models.OneToOneField(
        TicketAnswers, null=True, on_delete=models.PROTECT, related_name="+"
    )
    expected_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ItemRequestQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.item_id} for {self.ticket_id}"
