"""The operation that sets a custom field of a service on many tickets."""

from collections.abc import Sequence

from accounts.models import Person
from catalogue.asking import custom_fields_of
from catalogue.fields.definition import FieldType
from catalogue.models import IntakeForm, IntakeFormVersion
from core.errors import DomainError
from core.models import Event
from incidents import actions
from incidents.custom_fields import custom_values
from incidents.events import ANSWERS_CHANGED
from incidents.forms.asked import CustomFieldManyForm
from incidents.jobs.operations import Params, operation
from incidents.models import Ticket


def _asked(ticket: Ticket, params: Params) -> tuple[IntakeFormVersion, str]:
    """The form of the ticket's service and the key; a DomainError when it asks nothing such."""
    number, _, key = params["field"].partition(".")
    version = custom_fields_of(ticket.service)
    if version is None or str(version.form_id) != number or key not in version.read().by_key:
        raise DomainError("Its service does not ask this.")
    return version, key


def _typed(version: IntakeFormVersion, key: str, value: str) -> object:
    if version.read().by_key[key].type == FieldType.CHOICES:
        return [one.strip() for one in value.split(",")]
    return value


def _set_field(ticket: Ticket, person: Person, params: Params) -> Params:
    now = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    version, key = _asked(now, params)
    values, edit = custom_values(person, now)
    given = {**values, key: _typed(version, key, params["value"])}
    actions.change_answers(now, actor=person, version=version, given=given, edit=edit)
    _, edit_after = custom_values(person, now)
    return {"field": params["field"], "before": values.get(key), "edit": edit_after}


def _set_field_back(ticket: Ticket, person: Person, before: Params) -> Sequence[str] | None:
    version, key = _asked(ticket, before)
    changed = Event.objects.about(ticket).filter(
        name=ANSWERS_CHANGED.name,
        payload__form_id=version.form_id,
        payload__edit__gt=before["edit"],
        payload__changes__has_key=key,
    )
    last = changed.select_related("actor").order_by("-id").first()
    if last is not None:
        who = last.actor.name if last.actor else "Upstream"
        raise DomainError(f"“{version.read().by_key[key].label}” stays: {who} changed it.")
    values, edit = custom_values(person, ticket)
    given = {**values, key: before["before"]}
    actions.change_answers(ticket, actor=person, version=version, given=given, edit=edit)
    return None


def _describe_field(params: Params) -> str:
    number, _, key = params["field"].partition(".")
    form = IntakeForm.objects.filter(pk=number).select_related("current").first()
    version = form.current if form else None
    label = version.read().by_key[key].label if version else key
    return f"Set {label} to {params['value'] or 'nothing'}"


operation(
    "custom_field",
    label="Set a custom field",
    apply=_set_field,
    undo=_set_field_back,
    form=CustomFieldManyForm,
    describe=_describe_field,
    undo_note="The field goes back to what it was, but where somebody changes it meanwhile.",
    order=14,
)
