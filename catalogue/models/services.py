"""What is supported: services and their components, each owned on both sides."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.urls import reverse

from accounts.models import Person, Team


class ServiceQuerySet(models.QuerySet["Service"]):
    """Reads of services."""

    def visible_to(self, person: Person) -> Self:
        """Everybody signed in may see what is supported."""
        return self


class Service(models.Model):
    """What a requester consumes."""

    name = models.CharField(max_length=120, unique=True)
    key = models.SlugField(max_length=40, unique=True)
    description = models.TextField(blank=True, default="")
    support_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    support_owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    development_owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalogue:service", args=[self.pk])


class ComponentQuerySet(models.QuerySet["Component"]):
    """Reads of components."""

    def visible_to(self, person: Person) -> Self:
        """Everybody signed in may see what is supported."""
        return self


class Component(models.Model):
    """The part of a service that changes: where support's and development's views meet."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="components")
    name = models.CharField(max_length=120)
    key = models.SlugField(max_length=60, unique=True)
    description = models.TextField(blank=True, default="")
    support_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    development_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    support_owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    development_owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ComponentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints = (
            models.UniqueConstraint(fields=["service", "name"], name="catalogue_component_name"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalogue:component", args=[self.pk])
