"""Every change to an import that a person makes."""

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Person
from accounts.roles import Role
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.timeline import record
from incidents.events import IMPORT_CANCELLED, IMPORT_REQUESTED
from incidents.imports.loading import printable
from incidents.imports.mapping import MappingRules, from_stored
from incidents.imports.reading import BadFile
from incidents.imports.running import stored_file
from incidents.imports.survey import look
from incidents.models import ImportRun

LONGEST_SOURCE = 60
KEPT_UNFINISHED = timedelta(days=30)
_MAY_BE_MAPPED = (ImportRun.State.MAPPING,)
_MAY_START = (ImportRun.State.MAPPING, ImportRun.State.FAILED)
_MAY_BE_STOPPED = (
    ImportRun.State.MAPPING,
    ImportRun.State.QUEUED,
    ImportRun.State.RUNNING,
    ImportRun.State.FAILED,
)


def require_importer(person: Person | None) -> None:
    """Raises NotPermitted for everybody but admins and the system itself (None)."""
    if person is not None and not person.has_role({Role.ADMIN}):
        raise NotPermitted("Importing is for admins.")


def upload_file(
    *,
    actor: Person,
    upload: "File[bytes]",
    source: str,
    create_missing: bool = False,
    rules: MappingRules | None = None,
) -> ImportRun:
    """Keeps the file and reads its start: the run waits for its mapping to be confirmed.

    The client's name for the file is shown and decides nothing.
    """
    require_importer(actor)
    source = " ".join(source.split())
    if not 0 < len(source) <= LONGEST_SOURCE:
        raise DomainError(
            f"Name the desk the tickets come from, in up to {LONGEST_SOURCE} characters.",
            field="source",
        )
    if not upload.size:
        raise BadFile("The file is empty.")
    if upload.size > settings.IMPORT_MAX_BYTES:
        raise BadFile(f"The file is larger than {settings.IMPORT_MAX_BYTES // 1024**2:,} MB.")
    kept = default_storage.save(f"imports/{secrets.token_urlsafe(24)}", upload)
    try:
        run = ImportRun(
            source=source,
            file_name=printable((upload.name or "file").rpartition("/")[2])[:200],
            file=kept,
            sha256=_digest(upload),
            create_missing=create_missing,
            requested_by=actor,
        )
        found = look(stored_file(run), rules or MappingRules(columns={}), whole=False)
        # The whole file may tell more than its start: what was guessed is looked at again.
        guessed = rules or MappingRules(columns={})
        run.mapping = replace(
            found.rules, encoding=guessed.encoding, dates=guessed.dates
        ).as_stored()
        run.save()
    except BaseException:
        default_storage.delete(kept)
        raise
    return run


def _digest(upload: "File[bytes]") -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _locked(run: ImportRun, states: tuple[ImportRun.State, ...]) -> ImportRun:
    fresh = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if fresh.state not in states:
        raise TransitionNotAllowed(
            f"This import is {fresh.get_state_display().lower()}; that is not possible now."
        )
    return fresh


@transaction.atomic
def map_columns(
    run: ImportRun, *, actor: Person, rules: MappingRules, create_missing: bool
) -> ImportRun:
    """Keeps which column is what; raises BadMapping at the field that is wrong."""
    require_importer(actor)
    fresh = _locked(run, _MAY_BE_MAPPED)
    found = look(stored_file(fresh), rules, whole=False)
    stored = replace(found.rules, encoding=rules.encoding, dates=rules.dates)
    fresh.mapping = stored.as_stored()
    fresh.create_missing = create_missing
    fresh.save(update_fields=["mapping", "create_missing"])
    return fresh


def start_import(run: ImportRun, *, actor: Person) -> ImportRun:
    """The run waits for a worker; a run that failed goes on from where it was."""
    require_importer(actor)
    try:
        with transaction.atomic():
            fresh = _locked(run, _MAY_START)
            if not from_stored(fresh.mapping).columns:
                raise DomainError("Say first which column is what.")
            fresh.state = ImportRun.State.QUEUED
            fresh.error = ""
            fresh.heartbeat_at = timezone.now()
            fresh.finished_at = None
            fresh.save(update_fields=["state", "error", "heartbeat_at", "finished_at"])
            record(IMPORT_REQUESTED, fresh, actor=actor, file=fresh.file_name)
    except IntegrityError as error:
        raise TransitionNotAllowed(
            "The same file from this source is being imported already."
        ) from error
    return fresh


@transaction.atomic
def stop_import(run: ImportRun, *, actor: Person | None) -> ImportRun:
    """No further row is taken; the tickets made so far stay. The uploaded file is not kept."""
    require_importer(actor)
    fresh = _locked(run, _MAY_BE_STOPPED)
    kept = fresh.file.name
    fresh.state = ImportRun.State.CANCELLED
    fresh.finished_at = timezone.now()
    fresh.file = ""
    fresh.save(update_fields=["state", "finished_at", "file"])
    record(IMPORT_CANCELLED, fresh, actor=actor, file=fresh.file_name)
    if kept:
        transaction.on_commit(_Forget(kept), robust=True)
    return fresh


def discard_abandoned(now: datetime) -> int:
    """Stops uploads nobody started or went on with for a month; returns how many.

    Their files hold personal data that serves no purpose any more.
    """
    abandoned = ImportRun.objects.filter(
        state__in=[ImportRun.State.MAPPING, ImportRun.State.FAILED],
        created_at__lt=now - KEPT_UNFINISHED,
    ).exclude(file="")
    runs = list(abandoned)
    for run in runs:
        stop_import(run, actor=None)
    return len(runs)


class _Forget:
    """Deletes an uploaded file once the stop is committed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.__qualname__ = "forget_upload"

    def __call__(self) -> None:
        default_storage.delete(self._name)
