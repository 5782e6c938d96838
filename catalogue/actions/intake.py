"""Every change of a form."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from catalogue.events import FORM_CREATED, FORM_PUBLISHED
from catalogue.fields.definition import FormError, read_form, write_form
from catalogue.models import IntakeForm, IntakeFormVersion, Service
from catalogue.permissions import require_arranger
from core.errors import DomainError
from core.timeline import record


@transaction.atomic
def create_form(
    *, actor: Person | None, name: str, service: Service | None = None, at: datetime | None = None
) -> IntakeForm:
    """An empty form; with `service` its fields become the service's custom fields."""
    require_arranger(actor)
    name = name.strip()
    if not name:
        raise DomainError("Give the form a name.", field="name")
    if IntakeForm.objects.filter(name=name).exists():
        raise DomainError("Another form has this name.", field="name")
    if service is not None and IntakeForm.objects.filter(service=service).exists():
        raise DomainError(f"{service.name} has custom fields already.", field="service")
    at = at or timezone.now()
    draft: dict[str, Any] = {"sections": [{"fields": []}]}
    form = IntakeForm.objects.create(name=name[:120], service=service, draft=draft, updated_at=at)
    record(FORM_CREATED, form, actor=actor, at=at)
    return form


@transaction.atomic
def change_draft(
    form: IntakeForm, *, actor: Person | None, definition: Any, at: datetime | None = None
) -> IntakeForm:
    """Keeps another draft; nobody is asked it before it is published."""
    require_arranger(actor)
    form = IntakeForm.objects.select_for_update().get(pk=form.pk)
    form.draft = _checked(definition)
    form.updated_at = at or timezone.now()
    form.save(update_fields=["draft", "updated_at"])
    return form


@transaction.atomic
def publish_form(
    form: IntakeForm, *, actor: Person | None, at: datetime | None = None
) -> IntakeForm:
    """From now on the draft is asked; answers given before keep their version."""
    require_arranger(actor)
    form = IntakeForm.objects.select_for_update().get(pk=form.pk)
    definition = _checked(form.draft)
    if form.current is not None and form.current.definition == definition:
        return form
    at = at or timezone.now()
    number = 1 if form.current is None else form.current.number + 1
    form.current = IntakeFormVersion.objects.create(
        form=form, number=number, definition=definition, created_at=at, created_by=actor
    )
    form.draft, form.updated_at = definition, at
    form.save(update_fields=["current", "draft", "updated_at"])
    record(FORM_PUBLISHED, form, actor=actor, at=at, number=number)
    return form


def _checked(definition: Any) -> dict[str, Any]:
    """The definition in its one spelling; a DomainError when it cannot work."""
    try:
        return write_form(read_form(definition))
    except FormError as error:
        raise DomainError(error.message, field="definition") from error
