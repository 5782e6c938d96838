"""Tasks on a ticket, and the named checklists they may come from."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Person, Team
from catalogue.models import Service
from incidents.models.ticket import Ticket


class ChecklistQuerySet(models.QuerySet["Checklist"]):
    """Reads of checklists."""

    def visible_to(self, person: Person) -> Self:
        """Staff see every checklist."""
        return self if person.is_staff_member else self.none()

    def fitting(self, ticket: Ticket) -> Self:
        """Those for the ticket's service and team, and those for all."""
        return self.filter(
            Q(service__isnull=True) | Q(service_id=ticket.service_id),
            Q(team__isnull=True) | Q(team_id=ticket.team_id),
        )


class Checklist(models.Model):
    """A named list of tasks. Without service and team it is offered everywhere."""

    name = models.CharField(max_length=120, unique=True)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    objects = ChecklistQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class ChecklistItem(models.Model):
    """One task of a checklist."""

    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="items")
    title = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]

    def __str__(self) -> str:
        return self.title


class TicketTaskQuerySet(models.QuerySet["TicketTask"]):
    """Reads of tasks."""

    def visible_to(self, person: Person) -> Self:
        """Tasks of visible tickets, for staff only."""
        if not person.is_staff_member:
            return self.none()
        return self.filter(ticket__in=Ticket.objects.visible_to(person))

    def to_do(self) -> Self:
        """Not done yet."""
        return self.filter(done_at__isnull=True)


class ListedTask(models.Model):
    """Something to be done, in a list that belongs to a record; the record is the child's field."""

    title = models.CharField(max_length=200)
    assignee = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    due_at = models.DateTimeField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title


class TicketTask(ListedTask):
    """Something to be done for a ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="tasks")
    checklist = models.ForeignKey(
        Checklist, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = TicketTaskQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        indexes = (
            models.Index(
                fields=["assignee", "due_at"],
                condition=Q(done_at__isnull=True),
                name="incidents_task_to_do",
            ),
        )
