"""What runs moved, and what people merged: kept so that both can be looked at and taken back."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Person
from incidents.models import Ticket
from problems.models.cluster import Cluster, ClusterRun


class ClusterMoveQuerySet(models.QuerySet["ClusterMove"]):
    """Reads of moves."""

    def visible_to(self, person: Person) -> Self:
        """Staff see the moves of tickets they may read."""
        if not person.is_staff_member:
            return self.none()
        return self.filter(ticket__in=Ticket.objects.visible_to(person))

    def undecided(self) -> Self:
        """Nobody has looked at them yet."""
        return self.filter(decision="")


class ClusterMove(models.Model):
    """A ticket that a run took out of a cluster, and where it put it; for a person to look at."""

    class Decision(models.TextChoices):
        APPROVED = "approved", "Approved"
        PUT_BACK = "put_back", "Put back"

    run = models.ForeignKey(ClusterRun, on_delete=models.CASCADE, related_name="moves")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    before = models.ForeignKey(Cluster, null=True, on_delete=models.SET_NULL, related_name="+")
    # The cluster may be gone; moves out of the same one are known by its number.
    before_number = models.BigIntegerField()
    before_title = models.CharField(max_length=200, blank=True, default="")
    after = models.ForeignKey(Cluster, null=True, on_delete=models.SET_NULL, related_name="+")
    after_title = models.CharField(max_length=200, blank=True, default="")
    decision = models.CharField(max_length=8, choices=Decision, blank=True, default="")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ClusterMoveQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.UniqueConstraint(fields=["run", "ticket"], name="problems_move_once"),
            models.CheckConstraint(
                name="problems_move_decision",
                condition=Q(decision__in=["", "approved", "put_back"]),
            ),
        )
        indexes = (
            models.Index(fields=["-id"], condition=Q(decision=""), name="problems_move_undecided"),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} from {self.before_number} by run {self.run_id}"


class ClusterMerge(models.Model):
    """A person's merge of two clusters, with what is needed to undo it at any time."""

    source = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="+")
    into = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="merges")
    source_state = models.CharField(max_length=16)
    ticket_ids = ArrayField(models.BigIntegerField(), default=list)
    # What its members were sure of and why, by ticket, and those of `into` it made sure.
    was = models.JSONField(default=dict)
    newly_sure = ArrayField(models.BigIntegerField(), default=list)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(name="problems_merge_two", condition=~Q(source=F("into"))),
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(undone_at__isnull=True),
                name="problems_merge_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.source_id} into {self.into_id}"
