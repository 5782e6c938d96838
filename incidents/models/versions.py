"""At which version of a record each of its fields was last changed, and by whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Ticket

Row_co = TypeVar("Row_co", bound="FieldVersionFields", covariant=True)


class VersionQuerySet(models.QuerySet[Row_co]):
    """Reads and the one write of field versions; `owner` names the row's field of its record."""

    owner: ClassVar[str]

    def since(self, record: Any, version: int) -> Self:
        """Fields changed after this version of the record, the latest change of each."""
        changed = self.filter(**{self.owner: record}, version__gt=version)
        return changed.select_related("person").order_by("version", "field")

    def note(
        self, record: Any, fields: Iterable[str], *, person: Person | None, at: datetime
    ) -> None:
        """These fields have their value since the record's present version."""
        more = {self.owner: record, "version": record.version, "person": person, "at": at}
        self.bulk_create(
            [self.model(field=name, **more) for name in sorted(fields)],
            update_conflicts=True,
            unique_fields=[self.owner, "field"],
            update_fields=["version", "person", "at"],
        )


class FieldVersionFields(models.Model):
    """One row a field that was ever edited; the value itself stands in the record."""

    field = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class FieldVersionQuerySet(VersionQuerySet["FieldVersion"]):
    """Those of tickets."""

    owner = "ticket"


class FieldVersion(FieldVersionFields):
    """A field of a ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="field_versions")

    objects = FieldVersionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["ticket", "field"], name="incidents_fieldversion_once"),
        )

    def __str__(self) -> str:
        return f"{self.field} of {self.ticket_id} since {self.version}"
