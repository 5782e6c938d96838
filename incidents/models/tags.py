"""Words tickets are marked with."""

from __future__ import annotations

import re
import unicodedata
from typing import ClassVar, Self

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Ticket

MOST_LETTERS = 40
_BETWEEN = re.compile(r"[\s,;#]+")


def normalised(text: str) -> str:
    """A tag as it is kept: lower case, words joined by hyphens; empty when nothing is left."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    shown = "".join(one for one in plain if one.isspace() or unicodedata.category(one)[0] != "C")
    return _BETWEEN.sub("-", shown.strip()).strip("-")


class TagQuerySet(models.QuerySet["Tag"]):
    """Reads of tags."""

    def visible_to(self, person: Person) -> Self:
        """Tags are the desk's words: staff only."""
        return self if person.is_staff_member else self.none()

    def with_counts(self, person: Person) -> Self:
        """With `ticket_count`: how many tickets the person may see carry it."""
        seen = Q(ticket_tags__ticket__in=Ticket.objects.visible_to(person))
        return self.annotate(ticket_count=Count("ticket_tags", filter=seen))


class Tag(models.Model):
    """A tag; `name` is always normalised."""

    name = models.CharField(max_length=MOST_LETTERS, unique=True)
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class TicketTag(models.Model):
    """A tag on a ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="ticket_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="ticket_tags")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["tag__name"]
        constraints = (
            models.UniqueConstraint(fields=["ticket", "tag"], name="incidents_ticket_tag_once"),
        )

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.ticket_id}"
