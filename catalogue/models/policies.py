"""Service level policies: what is promised. Their versions are only ever added."""

from __future__ import annotations

from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisation, Person, Team
from catalogue.models.calendars import BusinessCalendar
from catalogue.models.services import Service


class PolicyQuerySet(models.QuerySet["ServiceLevelPolicy"]):
    """Reads of policies."""

    def visible_to(self, person: Person) -> Self:
        """Staff see what is promised; requesters see it on their tickets only."""
        return self if person.is_staff_member else self.none()


class ServiceLevelPolicy(models.Model):
    """Targets for everybody, a service, an organisation, or a service of an organisation.

    At most one policy for each of these: the most specific one wins, and there is never a tie.
    """

    name = models.CharField(max_length=80, unique=True)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "service level policies"
        ordering: ClassVar[list[str]] = ["name"]
        constraints = (
            models.UniqueConstraint(
                fields=["service", "organisation"],
                name="catalogue_policy_scope",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("incidents:policy", args=[self.pk])

    @property
    def newest(self) -> PolicyVersion:
        """The version in force."""
        return self.versions.select_related("policy", "warn_team", "breach_team")[0]

    @property
    def scope(self) -> str:
        """Who it is for, in words."""
        if self.organisation is None and self.service is None:
            return "Everybody"
        return " · ".join(str(one) for one in (self.organisation, self.service) if one)


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    """Reads of versions."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible policies."""
        return self.filter(policy__in=ServiceLevelPolicy.objects.visible_to(person))


class PolicyVersion(models.Model):
    """A policy as it was said once; a change is a new row.

    `pauses` maps a target to the categories in which its clock waits; a target it does not name
    waits as usual. `reasons` maps a reason for waiting to the category it counts as.
    """

    policy = models.ForeignKey(
        ServiceLevelPolicy, on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveIntegerField()
    warn_percent = models.PositiveSmallIntegerField(
        default=75, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    pauses = models.JSONField(default=dict)
    reasons = models.JSONField(default=dict)
    # What follows a warning and a breach, beside the event.
    warn_notify = models.BooleanField(default=True)
    warn_raise = models.BooleanField(default=False)
    warn_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    breach_notify = models.BooleanField(default=True)
    breach_raise = models.BooleanField(default=False)
    breach_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints = (
            models.UniqueConstraint(fields=["policy", "number"], name="catalogue_policy_version"),
            models.CheckConstraint(
                name="catalogue_policy_warn", condition=Q(warn_percent__range=(1, 99))
            ),
        )

    def __str__(self) -> str:
        return f"{self.policy} version {self.number}"


class PolicyTarget(models.Model):
    """One target of a version: minutes of working time of a calendar, for one priority."""

    class Kind(models.TextChoices):
        FIRST_RESPONSE = "first_response", "First response"
        NEXT_RESPONSE = "next_response", "Next response"
        RESOLUTION = "resolution", "Resolution"
        OWNERSHIP = "ownership", "Time with a team"

    version = models.ForeignKey(PolicyVersion, on_delete=models.CASCADE, related_name="targets")
    priority = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    # Whose ownership an OLA is about.
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    minutes = models.PositiveIntegerField()
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["priority", "kind", "id"]
        constraints = (
            models.UniqueConstraint(
                fields=["version", "priority", "kind", "team"],
                name="catalogue_target_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="catalogue_target_sound",
                condition=Q(minutes__gt=0, priority__range=(1, 5))
                & (Q(kind="ownership", team__isnull=False) | ~Q(kind="ownership") & Q(team=None)),
            ),
        )

    def __str__(self) -> str:
        return f"P{self.priority} {self.get_kind_display().lower()}: {self.minutes} min"
