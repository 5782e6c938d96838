"""A macro."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person, Team


class MacroQuerySet(models.QuerySet["Macro"]):
    """Reads of macros."""

    def visible_to(self, person: Person) -> Self:
        """For support: their own, their teams' and everybody's; overseers read all teams'."""
        if not person.is_support:
            return self.none()
        shared = Q(scope=Macro.Scope.EVERYBODY) | Q(owner=person, scope=Macro.Scope.PERSONAL)
        if person.is_overseer:
            return self.filter(shared | Q(scope=Macro.Scope.TEAM))
        return self.filter(shared | Q(scope=Macro.Scope.TEAM, team_id__in=person.team_ids))

    def kept(self) -> Self:
        """Not retired."""
        return self.filter(retired_at__isnull=True)


class Macro(models.Model):
    """Actions an agent runs on a ticket with one key; the same ones rules have.

    What it does is its newest version; name and readers are repeated here for menus.
    """

    class Scope(models.TextChoices):
        PERSONAL = "personal", "Only me"
        TEAM = "team", "A team"
        EVERYBODY = "everybody", "Everybody at the desk"

    name = models.CharField(max_length=120)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.PERSONAL)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    current = models.ForeignKey(
        "rules.MacroVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = MacroQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "id"]
        constraints = (
            models.CheckConstraint(
                name="rules_macro_team",
                condition=Q(scope="team", team__isnull=False)
                | Q(scope__in=["personal", "everybody"], team__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("rules:macro", args=[self.pk])

    @property
    def version(self) -> MacroVersion:
        """The newest version; every saved macro has one."""
        if self.current is None:
            raise MacroVersion.DoesNotExist(f"macro {self.pk} has no version")
        return self.current

    @property
    def what(self) -> str:
        """The actions in one line."""
        return self.version.what

    @property
    def readers(self) -> str:
        """Who has it, in words."""
        return self.team.name if self.team else self.get_scope_display()


class MacroVersion(models.Model):
    """What a macro was at one time; never changed, a new one is added instead."""

    macro = models.ForeignKey(Macro, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    scope = models.CharField(max_length=10, choices=Macro.Scope)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # What each action was told, by the action's name (`rules.effects`), and all of it in words, as
    # they read when this version was saved.
    actions: models.JSONField[Any, Any] = models.JSONField(default=dict)
    action_words: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    restored_from = models.PositiveIntegerField(null=True, blank=True)
    saved_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints = (
            models.UniqueConstraint(fields=["macro", "number"], name="rules_macro_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.macro_id} version {self.number}"

    @property
    def what(self) -> str:
        """The actions in one line."""
        return "; ".join(self.action_words)

    @property
    def readers(self) -> str:
        """Who had it, in words."""
        return self.team.name if self.team else self.get_scope_display()
