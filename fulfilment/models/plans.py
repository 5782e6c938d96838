"""The tasks of one request's plan."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from accounts.models import Person, Team
from fulfilment.models.requests import ItemRequest
from fulfilment.workflow import PLAN_TASK
from incidents.models import Ticket


class PlanTaskQuerySet(models.QuerySet["PlanTask"]):
    """Reads of tasks."""

    def visible_to(self, person: Person) -> Self:
        """Staff, of the tickets they see; members of a team see what it has to do."""
        if not person.is_staff_member:
            return self.none()
        seen = Ticket.objects.visible_to(person)
        return self.filter(Q(request__ticket__in=seen) | Q(team_id__in=person.team_ids))

    def ready_for(self, person: Person) -> Self:
        """Tasks this person may begin now: taken by them, or their teams' and nobody's yet."""
        nobodys = Q(assignee=None, team_id__in=person.team_ids)
        return self.filter(Q(assignee=person) | nobodys, state="ready")


class PlanTask(models.Model):
    """One thing to do for a request; it becomes ready when the task before it is over."""

    request = models.ForeignKey(ItemRequest, on_delete=models.CASCADE, related_name="tasks")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=150)
    instructions = models.TextField(blank=True, default="")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    assignee = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    after = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="next")
    required = models.BooleanField(default=True)
    due_hours = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=8, choices=PLAN_TASK.choices, default=PLAN_TASK.initial)
    reason = models.CharField(max_length=250, blank=True, default="")
    ready_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    objects = PlanTaskQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["request", "position"]
        constraints = (
            models.CheckConstraint(
                name="fulfilment_task_state", condition=Q(state__in=list(PLAN_TASK.states))
            ),
            models.UniqueConstraint(fields=["request", "position"], name="fulfilment_task_place"),
        )
        indexes = (
            models.Index(
                fields=["team", "due_at"],
                condition=Q(state="ready"),
                name="fulfilment_task_ready",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.request.ticket.get_absolute_url()

    @property
    def state_label(self) -> str:
        return PLAN_TASK.label(self.state)
