"""What rules did, what they were asked and left alone, and what they would have done."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from core.models import Event
from incidents.models import Ticket
from rules.models.rule import Rule, RuleVersion
from rules.workflow import DRY_RUN


class RuleRunQuerySet(models.QuerySet["RuleRun"]):
    """Reads of runs."""

    def visible_to(self, person: Person) -> Self:
        """Runs on tickets the person may see, for those who may read rules."""
        return self.filter(
            ticket__in=Ticket.objects.visible_to(person),
            rule__in=Rule.objects.visible_to(person),
        )


class RuleRun(models.Model):
    """One rule whose conditions held for one ticket, and what came of it."""

    class Outcome(models.TextChoices):
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"
        HELD = "held", "Held back"

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="runs")
    version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    # The fact that set it off; empty for a moment in time.
    event = models.ForeignKey(Event, null=True, on_delete=models.SET_NULL, related_name="+")
    # The first fact of the chain of facts and rules that led here.
    origin = models.ForeignKey(Event, null=True, on_delete=models.SET_NULL, related_name="+")
    # What the ticket's timeline says about it; the cause of all that the rule changed.
    fact = models.ForeignKey(Event, null=True, on_delete=models.SET_NULL, related_name="+")
    # How many rules of the chain ran before.
    depth = models.PositiveSmallIntegerField(default=0)
    # The moment a rule of time counts from, such as when the ticket was created.
    occurrence = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome)
    # The ticket's own time of change once the rule was through with it.
    finished_at = models.DateTimeField(null=True, blank=True)
    done: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    reason = models.TextField(blank=True, default="")
    at = models.DateTimeField(default=timezone.now)

    objects = RuleRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.UniqueConstraint(
                fields=["origin", "rule", "ticket"],
                condition=Q(outcome__in=["done", "refused"]),
                name="rules_run_once_a_chain",
            ),
            models.UniqueConstraint(
                fields=["rule", "ticket", "occurrence"],
                condition=Q(outcome__in=["done", "refused"]),
                name="rules_run_once_a_moment",
            ),
        )
        indexes = (
            models.Index(fields=["ticket", "-id"], name="rules_run_ticket"),
            models.Index(fields=["rule", "at"], name="rules_run_pace"),
            models.Index(fields=["fact"], name="rules_run_fact"),
        )

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.ticket_id}: {self.outcome}"


class RuleCheck(models.Model):
    """The rules one fact set off whose conditions did not hold for the ticket then."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    missed: ArrayField[Any, Any] = ArrayField(models.BigIntegerField())
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes = (models.Index(fields=["ticket", "-id"], name="rules_check_ticket"),)

    def __str__(self) -> str:
        return f"{len(self.missed)} rules missed {self.ticket_id}"


class DryRunQuerySet(models.QuerySet["DryRun"]):
    """Reads of dry runs."""

    def visible_to(self, person: Person) -> Self:
        """One's own: what it lists was read with one's own eyes."""
        return self.filter(requested_by=person)

    def unfinished(self) -> Self:
        """Waiting or being done."""
        return self.filter(state__in=DRY_RUN.in_category("unfinished"))


class DryRun(models.Model):
    """What one version of a rule would have done over the last 30 days; changes nothing."""

    version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="dry_runs")
    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=DRY_RUN.choices, default="queued")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    hits_count = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DryRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="rules_dry_run_state", condition=Q(state__in=list(DRY_RUN.states))
            ),
        )

    def __str__(self) -> str:
        return f"dry run {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("rules:dry_run", args=[self.pk])

    @property
    def is_unfinished(self) -> bool:
        return DRY_RUN.category(self.state) == "unfinished"


class DryRunHit(models.Model):
    """A ticket the rule would have acted on, and when."""

    dry_run = models.ForeignKey(DryRun, on_delete=models.CASCADE, related_name="hits")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.ticket_id} at {self.at}"
