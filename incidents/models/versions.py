"""At which version of a ticket each of its fields was last changed, and by whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Ticket


class FieldVersionQuerySet(models.QuerySet["FieldVersion"]):
    """Reads and the one write of field versions."""

    def since(self, ticket: Ticket, version: int) -> Self:
        """Fields changed after this version of the ticket, the latest change of each."""
        changed = self.filter(ticket=ticket, version__gt=version)
        return changed.select_related("person").order_by("version", "field")

    def note(
        self, ticket: Ticket, fields: Iterable[str], *, person: Person | None, at: datetime
    ) -> None:
        """These fields have their value since the ticket's present version."""
        rows = [
            FieldVersion(ticket=ticket, field=name, version=ticket.version, person=person, at=at)
            for name in sorted(fields)
        ]
        self.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["ticket", "field"],
            update_fields=["version", "person", "at"],
        )


class FieldVersion(models.Model):
    """One row a field that was ever edited; the value itself stands in the ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="field_versions")
    field = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = FieldVersionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["ticket", "field"], name="incidents_fieldversion_once"),
        )

    def __str__(self) -> str:
        return f"{self.field} of {self.ticket_id} since {self.version}"
