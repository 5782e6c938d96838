"""A rule and its versions."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person


class RuleQuerySet(models.QuerySet["Rule"]):
    """Reads of rules."""

    def visible_to(self, person: Person) -> Self:
        """Staff read every rule: it explains what happened to their tickets."""
        return self if person.is_staff_member else self.none()

    def kept(self) -> Self:
        """Not retired."""
        return self.filter(retired_at__isnull=True)

    def active(self) -> Self:
        """Switched on, and neither paused nor retired."""
        return self.kept().filter(is_on=True, paused_at__isnull=True)

    def in_order(self) -> Self:
        """In the order they run in."""
        return self.order_by("position", "pk")


class Rule(models.Model):
    """Acts on tickets by itself. What it does is its newest version; what it did keeps its own."""

    name = models.CharField(max_length=120)
    # Hears of it when the rule is paused.
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    is_on = models.BooleanField(default=False)
    # Rules that wait for a moment act only on moments after this one.
    on_since = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.TextField(blank=True, default="")
    retired_at = models.DateTimeField(null=True, blank=True)
    current = models.ForeignKey(
        "rules.RuleVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("rules:rule", args=[self.pk])

    @property
    def version(self) -> RuleVersion:
        """The newest version; every saved rule has one."""
        if self.current is None:
            raise RuleVersion.DoesNotExist(f"rule {self.pk} has no version")
        return self.current

    @property
    def is_active(self) -> bool:
        return self.is_on and self.paused_at is None and self.retired_at is None

    @property
    def standing(self) -> str:
        """On, off, paused or retired, in one word."""
        if self.retired_at:
            return "retired"
        if self.paused_at:
            return "paused"
        return "on" if self.is_on else "off"


class RuleVersion(models.Model):
    """What a rule was told to do at one time; never changed, a new one is added instead."""

    class Match(models.TextChoices):
        ALL = "all", "All of them"
        ANY = "any", "Any of them"

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    # A key of `rules.activators`.
    activator = models.CharField(max_length=40)
    # How long after (or before) the moment a time activator names.
    minutes = models.PositiveIntegerField(default=0)
    # Query strings of the list of tickets; none means every ticket.
    conditions: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    match = models.CharField(max_length=3, choices=Match, default=Match.ALL)
    # What each action was told, by the action's name (`rules.effects`).
    actions: models.JSONField[Any, Any] = models.JSONField(default=dict)
    # The two above in words, as they read when this version was saved.
    condition_words: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    action_words: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    stop_after = models.BooleanField(default=False)
    most_per_hour = models.PositiveIntegerField(default=200)
    restored_from = models.PositiveIntegerField(null=True, blank=True)
    saved_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints = (
            models.UniqueConstraint(fields=["rule", "number"], name="rules_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.rule_id} version {self.number}"

    @property
    def what(self) -> str:
        """The actions in one line."""
        return "; ".join(self.action_words)
