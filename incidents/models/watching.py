"""Who wants to hear of a ticket without working on it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Ticket


class WatcherQuerySet(models.QuerySet["Watcher"]):
    """Reads of watchers."""

    def visible_to(self, person: Person) -> Self:
        """Watchers of visible tickets; a requester sees those of their organisation only."""
        watchers = self.filter(ticket__in=Ticket.objects.visible_to(person))
        if person.is_staff_member:
            return watchers
        return watchers.filter(person__in=Person.objects.visible_to(person))


class Watcher(models.Model):
    """A person who follows a ticket. What they are told is asked of `visible_to` each time."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="watchers")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    added_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = WatcherQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.UniqueConstraint(fields=["ticket", "person"], name="incidents_watcher_once"),
        )
        indexes = (models.Index(fields=["person", "-id"], name="incidents_watcher_person"),)

    def __str__(self) -> str:
        return f"{self.person_id} follows {self.ticket_id}"
