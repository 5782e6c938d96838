"""Answers to forms: kept when a ticket is opened, changed afterwards without losing any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from catalogue.fields.answers import Answered, read_answers
from catalogue.fields.conditions import Value
from catalogue.fields.definition import FieldType, FormDefinition, FormField
from catalogue.fields.files import file_fault
from catalogue.finding import finders
from catalogue.models import IntakeFormVersion
from core.errors import DomainError, EditConflict, FieldErrors
from core.models import Event
from core.timeline import record
from incidents.actions._files import MOST_FILES, keep_files
from incidents.actions._keeping import locked, save
from incidents.events import ANSWERS_CHANGED, ANSWERS_GIVEN
from incidents.models import Attachment, Channel, Message, Ticket, TicketAnswers
from incidents.permissions import require
from incidents.search_index import index_tickets

FIELD = "custom_fields"
Uploads: TypeAlias = "Mapping[str, UploadedFile[bytes]]"


@transaction.atomic
def keep_answers(
    ticket: Ticket,
    *,
    actor: Person | None,
    version: IntakeFormVersion,
    given: Mapping[str, Any],
    uploads: Uploads | None = None,
    at: datetime | None = None,
    field: str = FIELD,
) -> TicketAnswers:
    """Keeps the answers given with a new ticket; FieldErrors name each field at fault,
    as `field` and the field's key with a dot between.

    Requesters answer what is asked of them; what only the desk is asked is not taken from them.
    """
    ticket = locked(ticket)
    if actor is not None and actor.pk != ticket.requester_id:
        require(actor, "edit", ticket)
    at = at or timezone.now()
    form = version.read()
    if actor is not None and not actor.is_support:
        form = form.for_requesters()
    values = _checked(form, given, actor or ticket.requester, uploads or {}, field)
    values |= _files(ticket, form, values, uploads or {}, actor, at, field)
    answers = TicketAnswers.objects.create(
        ticket=ticket, form=version.form, version=version, values=values, created_at=at
    )
    index_tickets([ticket.pk])
    record(ANSWERS_GIVEN, ticket, actor=actor, at=at, form=version.form.name)
    return answers


@transaction.atomic
def change_answers(
    ticket: Ticket,
    *,
    actor: Person | None,
    version: IntakeFormVersion,
    given: Mapping[str, Any],
    edit: int,
    uploads: Uploads | None = None,
    at: datetime | None = None,
) -> Ticket:
    """Changes a service's custom fields as read at `edit` (0: there were none yet).

    Another's change to other fields since then stays; EditConflict when it was the same field.
    """
    ticket = locked(ticket)
    require(actor, "edit", ticket)
    if version.form.service_id != ticket.service_id:
        raise DomainError("These fields belong to another service than the ticket.")
    at = at or timezone.now()
    answers, _ = TicketAnswers.objects.get_or_create(
        ticket=ticket,
        form=version.form,
        defaults={"version": version, "values": {}, "edit": 0, "created_at": at},
    )
    form = version.read()
    before: dict[str, Any] = dict(answers.values)
    reader = actor or ticket.requester
    after: dict[str, Any] = dict(_checked(form, given, reader, uploads or {}, FIELD))
    after |= _files(ticket, form, after, uploads or {}, actor, at, FIELD)
    _merge(ticket, form, answers, after, edit)
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    if not changed:
        return ticket
    answers.values, answers.version, answers.edit = after, version, answers.edit + 1
    answers.save(update_fields=["values", "version", "edit"])
    save(ticket, at=at)
    index_tickets([ticket.pk])
    record(
        ANSWERS_CHANGED,
        ticket,
        actor=actor,
        at=at,
        fields_label=_listed(form, changed),
        form_id=version.form_id,
        changes={key: [before.get(key), after.get(key)] for key in changed},
        edit=answers.edit,
    )
    return ticket


def _checked(
    form: FormDefinition, given: Mapping[str, Any], reader: Person, uploads: Uploads, field: str
) -> dict[str, Value]:
    """The typed answers; FieldErrors with a sentence for each field that needs another look.

    A file that came along answers its field by its name until it is kept.
    """
    given = {**given, **{key: one.name or "file" for key, one in uploads.items()}}
    unknown = sorted(given.keys() - form.by_key.keys())
    if unknown:
        raise FieldErrors({f"{field}.{key}": f"“{key}” is not asked here." for key in unknown})
    for key in uploads:
        if form.by_key[key].type != FieldType.FILE:
            label = form.by_key[key].label
            raise DomainError(f"{label}: this is answered by no file.", field=f"{field}.{key}")
    answered: Answered = read_answers(form, given, finders(reader))
    if answered.errors:
        raise FieldErrors(
            {
                f"{field}.{key}": f"{form.by_key[key].label}: {sentence}"
                for key, sentence in answered.errors.items()
            }
        )
    return answered.values


def _merge(
    ticket: Ticket, form: FormDefinition, answers: TicketAnswers, after: dict[str, Any], edit: int
) -> None:
    """Takes others' changes since `edit` over into `after` where the editor changed nothing."""
    since = Event.objects.about(ticket).filter(
        name=ANSWERS_CHANGED.name, payload__form_id=answers.form_id, payload__edit__gt=edit
    )
    read: dict[str, Any] = {}
    by: dict[str, str] = {}
    for event in since.select_related("actor").order_by("id"):
        for key, (before, _) in event.payload["changes"].items():
            read.setdefault(key, before)
            by[key] = str(event.actor or "Upstream")
    for key, value in read.items():
        theirs, mine = answers.values.get(key), after.get(key)
        if mine in (value, theirs):
            after.pop(key, None)
            if theirs is not None:
                after[key] = theirs
        else:
            label = form.by_key[key].label if key in form.by_key else key
            raise EditConflict(
                f"{by[key]} changed “{label}” while you were writing. "
                "Yours is kept here; save again to use it.",
                field=key,
            )


def _files(
    ticket: Ticket,
    form: FormDefinition,
    values: Mapping[str, Value],
    uploads: Uploads,
    actor: Person | None,
    at: datetime,
    field: str,
) -> dict[str, str]:
    """Uploads as files of one message of the conversation; their tokens by key.

    A file that is no upload must be one of this ticket's already.
    """
    of_files = [key for key in values if form.by_key[key].type == FieldType.FILE]
    keys = [key for key in of_files if key in uploads]
    for key in of_files:
        fault = _file_fault(ticket, form.by_key[key], str(values[key]), uploads.get(key))
        if fault:
            raise DomainError(f"{form.by_key[key].label}: {fault}", field=f"{field}.{key}")
    if len(keys) > MOST_FILES:
        raise DomainError(f"At most {MOST_FILES} files at once.", field=field)
    if not keys:
        return {}
    names = ", ".join(form.by_key[key].label for key in keys)
    message = Message.objects.create(
        ticket=ticket, author=actor, body=f"{names}:", channel=Channel.PORTAL, created_at=at
    )
    files = [uploads[key] for key in keys]
    keep_files(files, lambda known: Attachment(message=message, **known))
    tokens = message.attachments.order_by("pk").values_list("token", flat=True)
    return dict(zip(keys, tokens, strict=True))


def _file_fault(
    ticket: Ticket, one: FormField, token: str, upload: UploadedFile[bytes] | None
) -> str:
    """Why a file is no answer, in a sentence; empty when there is nothing."""
    if upload is not None:
        most = settings.ATTACHMENT_MAX_BYTES
        return file_fault(one, upload.name or "", upload.size or 0, most_bytes=most)
    kept = Attachment.objects.filter(message__ticket=ticket, token=token)
    return "" if kept.exists() else "send the file itself."


def _listed(form: FormDefinition, keys: Sequence[str]) -> str:
    labels = [form.by_key[key].label if key in form.by_key else key for key in keys]
    return ", ".join(labels)
