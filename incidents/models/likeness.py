"""What people said about whether two tickets are one matter."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Ticket


class LikenessQuerySet(models.QuerySet["Likeness"]):
    """Reads of judgements."""

    def visible_to(self, person: Person) -> Self:
        """Those of which staff may see both tickets."""
        if not person.is_staff_member:
            return self.none()
        tickets = Ticket.objects.visible_to(person)
        return self.filter(first__in=tickets, second__in=tickets)

    def of(self, ticket_id: int) -> Self:
        """Those about this ticket."""
        return self.filter(Q(first=ticket_id) | Q(second=ticket_id))


class Likeness(models.Model):
    """A person's word on two tickets; clustering and look-alikes obey it until it is taken back."""

    class Kind(models.TextChoices):
        SAME = "same", "This is it"
        DIFFERENT = "different", "Not this"

    # The older of the two, so that a pair is kept once whichever page it was judged on.
    first = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = LikenessQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["first", "second"], name="incidents_likeness_once"),
            models.CheckConstraint(
                name="incidents_likeness_order", condition=Q(first__lt=F("second"))
            ),
            models.CheckConstraint(
                name="incidents_likeness_kind", condition=Q(kind__in=["same", "different"])
            ),
        )

    def __str__(self) -> str:
        return f"{self.first_id} {self.kind} {self.second_id}"

    def other_than(self, ticket_id: int) -> int:
        """The number of the other ticket."""
        return self.second_id if self.first_id == ticket_id else self.first_id
