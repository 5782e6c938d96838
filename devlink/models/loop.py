"""Who is owed a word about a piece of development work, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Person
from devlink.models.releases import Release
from devlink.models.work import WorkItem
from incidents.models import Ticket
from notifications.models import Notification


class LoopObligationQuerySet(models.QuerySet["LoopObligation"]):
    """Reads of obligations."""

    def visible_to(self, person: Person) -> Self:
        """Staff see what is owed about tickets they may read, and what developers are owed.

        Everybody sees what is owed to themselves; a requester nothing else.
        """
        if not person.is_staff_member:
            return self.filter(recipient=person, kind=LoopObligation.Kind.REQUESTER)
        about = Ticket.objects.visible_to(person).order_by().values("pk")
        return self.filter(Q(recipient=person) | Q(ticket__isnull=True) | Q(ticket__in=about))

    def standing(self) -> Self:
        """All but those that were withdrawn."""
        return self.exclude(outcome=LoopObligation.Outcome.WITHDRAWN)

    def unsent(self) -> Self:
        """What could be told by now and was not."""
        return self.filter(outcome=LoopObligation.Outcome.OWED, available_at__isnull=False)

    def overdue(self, now: datetime) -> Self:
        """Unsent, and late."""
        return self.unsent().filter(due_at__lt=now)

    def doubting(self, work_item_id: int, release_id: int) -> Self:
        """What requesters said against one fix: it is still broken."""
        return self.filter(
            work_item=work_item_id,
            release=release_id,
            outcome=LoopObligation.Outcome.STILL_BROKEN,
        )

    def of_requesters(self) -> Self:
        """What requesters are owed: only they say whether it works."""
        return self.filter(kind=LoopObligation.Kind.REQUESTER)


class LoopObligation(models.Model):
    """One word owed to one person, from the moment a ticket is tied to development work.

    Requesters and agents are owed the news that the fix of a ticket is available, developers what
    their change did; those have no ticket. `available_at` is when it could be told first, `due_at`
    two working days later, `notice` what really told them. `verified_at` is when the requester said
    yes or no, with `said` as their words. An item that is reopened after a fix was available owes
    anew: `attempt` counts.
    """

    class Kind(models.TextChoices):
        REQUESTER = "requester", "Requester"
        AGENT = "agent", "Agent"
        DEVELOPER = "developer", "Developer"

    class Outcome(models.TextChoices):
        OWED = "owed", "Owed"
        TOLD = "told", "Told"
        CONFIRMED = "confirmed", "Confirmed"
        STILL_BROKEN = "still_broken", "Still broken"
        NO_ANSWER = "no_answer", "No answer"
        WITHDRAWN = "withdrawn", "Withdrawn"

    work_item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="obligations")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    attempt = models.PositiveSmallIntegerField(default=1)
    recipient = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    # The release that made it available; empty until then.
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notification, null=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.OWED)
    # The ticket waited for the requester's yes or no when they were told.
    asked = models.BooleanField(default=False)
    said = models.TextField(blank=True, default="")
    # Why it was withdrawn.
    why = models.CharField(max_length=120, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    available_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    # Minutes of working time from available to sent, by the calendar that set `due_at`.
    told_after = models.PositiveIntegerField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)

    objects = LoopObligationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.CheckConstraint(
                name="devlink_loop_outcome",
                condition=Q(
                    outcome__in=[
                        "owed",
                        "told",
                        "confirmed",
                        "still_broken",
                        "no_answer",
                        "withdrawn",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="devlink_loop_ticket",
                condition=Q(kind="developer", ticket__isnull=True)
                | Q(kind__in=["requester", "agent"], ticket__isnull=False),
            ),
            models.CheckConstraint(
                name="devlink_loop_available",
                condition=Q(available_at__isnull=True, due_at__isnull=True, sent_at__isnull=True)
                | Q(available_at__isnull=False, due_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["work_item", "ticket", "kind", "attempt"],
                condition=Q(ticket__isnull=False),
                name="devlink_loop_once",
            ),
            models.UniqueConstraint(
                fields=["work_item", "recipient", "attempt"],
                condition=Q(ticket__isnull=True),
                name="devlink_loop_developer_once",
            ),
        )
        indexes = (
            # What is still to be told, the most urgent first.
            models.Index(
                fields=["due_at", "id"],
                condition=Q(outcome="owed", available_at__isnull=False),
                name="devlink_loop_unsent",
            ),
            models.Index(
                fields=["available_at"],
                condition=Q(available_at__isnull=False),
                name="devlink_loop_period",
            ),
        )

    def __str__(self) -> str:
        about = self.ticket.reference if self.ticket else self.work_item.key
        return f"{about} for {self.recipient.name}"

    def get_absolute_url(self) -> str:
        return self.ticket.get_absolute_url() if self.ticket else self.work_item.get_absolute_url()

    @property
    def outcome_label(self) -> str:
        return self.Outcome(self.outcome).label
