"""How a team works: who is given tickets, how long they are kept, and what follows their end."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Person, Team
from incidents.models.ticket import Ticket

CLOSE_AFTER_DAYS = 7
REOPEN_DAYS = 14


class TeamPolicyQuerySet(models.QuerySet["TeamPolicy"]):
    """Reads of policies."""

    def visible_to(self, person: Person) -> Self:
        """Staff may read how every team works."""
        return self if person.is_staff_member else self.none()

    def of_team(self, team_id: int | None) -> TeamPolicy:
        """The team's policy, or an unsaved one with the defaults."""
        if team_id is None:
            return TeamPolicy()
        return self.filter(pk=team_id).first() or TeamPolicy(team_id=team_id)


class TeamPolicy(models.Model):
    """One team's policy. A team without a row works by the defaults.

    `capacity` is the most tickets in work one person is given by itself (None: no limit);
    `ownership_minutes` the working minutes an owner may leave a ticket in work untouched (None:
    for ever); `close_after_days` how long a resolved ticket waits for a word before it is closed
    (None: it stays resolved). `last_assigned` is where the round stands; whoever gives a ticket
    locks the row first, so that no two tickets go to the same next person.
    """

    class Method(models.TextChoices):
        NONE = "none", "Nobody: people take tickets"
        ROUND_ROBIN = "round_robin", "Round robin: the next person in turn"
        LEAST_LOADED = "least_loaded", "Least loaded: who has least in work"

    class FollowUp(models.TextChoices):
        REOPEN = "reopen", "Reopen the ticket"
        NEW_TICKET = "new_ticket", "Open a new ticket linked to the old"
        REOPEN_WITHIN = "reopen_within_days", "Reopen within some days, else open a new ticket"

    team = models.OneToOneField(Team, primary_key=True, on_delete=models.CASCADE, related_name="+")
    assignment = models.CharField(max_length=16, choices=Method, default=Method.NONE)
    capacity = models.PositiveSmallIntegerField(null=True, blank=True)
    ownership_minutes = models.PositiveIntegerField(null=True, blank=True)
    follow_up = models.CharField(max_length=20, choices=FollowUp, default=FollowUp.REOPEN)
    reopen_days = models.PositiveSmallIntegerField(default=REOPEN_DAYS)
    close_after_days = models.PositiveSmallIntegerField(
        null=True, blank=True, default=CLOSE_AFTER_DAYS
    )
    asks_rating = models.BooleanField(default=True)
    last_assigned = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = TeamPolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "team policies"
        constraints = (
            models.CheckConstraint(
                name="incidents_policy_positive",
                condition=(Q(capacity__isnull=True) | Q(capacity__gt=0))
                & (Q(ownership_minutes__isnull=True) | Q(ownership_minutes__gt=0))
                & (Q(close_after_days__isnull=True) | Q(close_after_days__gt=0))
                & Q(reopen_days__gt=0),
            ),
        )

    def __str__(self) -> str:
        return f"policy of {self.team_id}"


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    """Reads of follow-ups."""

    def visible_to(self, person: Person) -> Self:
        """Both tickets must be visible."""
        visible = Ticket.objects.visible_to(person)
        return self.filter(ticket__in=visible, previous__in=visible)


class FollowUp(models.Model):
    """A ticket that was opened by an answer to one that was over."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="follows"
    )
    previous = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="followed_by")
    created_at = models.DateTimeField(default=timezone.now)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["ticket_id"]

    def __str__(self) -> str:
        return f"{self.ticket_id} follows {self.previous_id}"
