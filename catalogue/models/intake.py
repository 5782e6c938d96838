"""Questions built without code: the custom fields of a service, and the forms of requests."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from catalogue.fields.definition import FormDefinition, read_form
from catalogue.models.services import Service


class IntakeFormQuerySet(models.QuerySet["IntakeForm"]):
    """Reads of forms."""

    def visible_to(self, person: Person) -> Self:
        """Staff; requesters meet a form only through what it belongs to."""
        return self if person.is_staff_member else self.none()


class IntakeForm(models.Model):
    """Questions built without code: the custom fields of a service, or a request's form.

    `draft` is being edited and asked of nobody; what is asked is the newest version.
    """

    name = models.CharField(max_length=120, unique=True)
    service = models.OneToOneField(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="intake_form"
    )
    draft = models.JSONField(default=dict)
    current = models.ForeignKey(
        "catalogue.IntakeFormVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    updated_at = models.DateTimeField(default=timezone.now)

    objects = IntakeFormQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalogue:form", args=[self.pk])

    @property
    def is_changed(self) -> bool:
        """True when the draft differs from what is asked."""
        return self.current is None or self.draft != self.current.definition


class IntakeFormVersion(models.Model):
    """What a form asked from one moment on; answers keep the version they were given under."""

    form = models.ForeignKey(IntakeForm, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["form", "number"]
        constraints = (
            models.UniqueConstraint(fields=["form", "number"], name="catalogue_formversion_once"),
        )

    def __str__(self) -> str:
        return f"{self.form_id} version {self.number}"

    def read(self) -> FormDefinition:
        """The form as it was asked."""
        return read_form(self.definition)
