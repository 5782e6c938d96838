"""Taking a file from its first row to its last, over any number of stops."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic, sleep
from typing import BinaryIO, cast

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.errors import DomainError
from core.planning import refresh_statistics
from incidents.imports.loading import LostClaim, load_batch
from incidents.imports.mapping import from_stored
from incidents.imports.parsing import Table, read_rows
from incidents.imports.reading import BadFile, Opener
from incidents.imports.references import Created, References
from incidents.imports.rows import Reader
from incidents.imports.survey import in_batches, look
from incidents.models import ImportRun, StatusInterval, Ticket, TicketClock, TicketSearch

_LOCK_SPACE = "incidents.import"
_LOOK_AGAIN = 0.25
# A run nobody moved for so long has lost its worker; a batch takes a second or two.
QUIET = timedelta(minutes=2)
# So many new tickets change what the planner has to know.
MANY = 1_000
FILLED = (Ticket, StatusInterval, TicketClock, TicketSearch)
CAN_BE_CLAIMED = (ImportRun.State.QUEUED, ImportRun.State.RUNNING, ImportRun.State.FAILED)


class Busy(DomainError):
    """Another process imports from the same source at this moment."""

    status = 409


@contextmanager
def sole_importer(source: str, *, wait: timedelta = timedelta(0)) -> Iterator[None]:
    """Only one process at a time imports from a source; raises Busy after waiting for `wait`.

    The lock lives in the database session: it ends with the process, however that ends, so that
    a run killed at work can be taken up at once.
    """
    until = monotonic() + wait.total_seconds()
    while not _lock("pg_try_advisory_lock", source):
        if monotonic() >= until:
            raise Busy(f"Tickets of “{source}” are being imported right now by another process.")
        sleep(_LOOK_AGAIN)
    try:
        yield
    finally:
        _lock("pg_advisory_unlock", source)


def _lock(function: str, source: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext(%s), hashtext(%s))", [_LOCK_SPACE, source])
        row = cursor.fetchone()
    return bool(row and row[0])


def claim(run: ImportRun) -> ImportRun:
    """Makes the run this process's (inside `sole_importer`); whoever had it can no longer write.

    `started_at` moves on by the time nobody worked on it, so that the pace stays true.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            fresh = ImportRun.objects.select_for_update().get(pk=run.pk)
            if fresh.state not in CAN_BE_CLAIMED:
                raise LostClaim(run.pk)
            worked = _worked(fresh)
            fresh.state = ImportRun.State.RUNNING
            fresh.attempt += 1
            fresh.started_at = now - worked
            fresh.heartbeat_at = now
            fresh.finished_at = None
            fresh.error = ""
            fresh.save(
                update_fields=[
                    "state",
                    "attempt",
                    "started_at",
                    "heartbeat_at",
                    "finished_at",
                    "error",
                ]
            )
    except IntegrityError as error:
        raise Busy("The same file from this source is being imported already.") from error
    return fresh


def _worked(run: ImportRun) -> timedelta:
    if run.done and run.started_at and run.heartbeat_at:
        return run.heartbeat_at - run.started_at
    return timedelta(0)


def take_through(
    run: ImportRun,
    opener: Opener,
    *,
    on_progress: Callable[[ImportRun], None] = lambda _: None,
    until: datetime | None = None,
) -> tuple[bool, Created]:
    """Imports what is left of a claimed run; returns whether the end was reached, and what
    records it made for missing names.

    Stops between two batches once `until` has passed. A file that cannot be read makes the run
    fail with the reason; LostClaim means that somebody stopped or took over the run.
    """
    references = References(run.source, create_missing=run.create_missing)
    try:
        table, reader = _prepare(run, opener)
        on_progress(run)
        rows = islice(read_rows(opener, table, reader.rules.encoding), run.done, None)
        for batch in in_batches(rows):
            load_batch(run, batch, reader=reader, references=references)
            run.refresh_from_db()
            on_progress(run)
            if until is not None and timezone.now() >= until:
                return False, references.created
    except DomainError as error:
        fail(run, error.message)
        return True, references.created
    except LostClaim:
        raise
    except BaseException:
        fail(run, "The import stopped before its end. Start it again: it goes on from there.")
        raise
    _finish(run)
    return True, references.created


def _prepare(run: ImportRun, opener: Opener) -> tuple[Table, Reader]:
    """How this file is read; found out once, so that a second try reads it the same way."""
    found = look(opener, from_stored(run.mapping), whole=run.total == 0)
    if found.total is not None:
        run.mapping = dict(found.rules.as_stored())
        run.total = found.total
        run.heartbeat_at = timezone.now()
        run.save(update_fields=["mapping", "total", "heartbeat_at"])
    return found.table, Reader(found.rules, timezone.now())


def fail(run: ImportRun, reason: str) -> None:
    """The run stopped; what it did is kept and the next start goes on from there."""
    _end(run, ImportRun.State.FAILED, reason)


def _finish(run: ImportRun) -> None:
    _end(run, ImportRun.State.DONE, "")
    if run.created >= MANY:
        refresh_statistics(FILLED)
    if run.file:
        # The rows are tickets now; a copy with personal data in it is not kept.
        run.file.delete(save=False)
        ImportRun.objects.filter(pk=run.pk).update(file="")


def _end(run: ImportRun, state: ImportRun.State, reason: str) -> None:
    now = timezone.now()
    ImportRun.objects.filter(pk=run.pk, attempt=run.attempt, state=ImportRun.State.RUNNING).update(
        state=state, error=reason, heartbeat_at=now, finished_at=now
    )
    run.refresh_from_db()


def go_on(run_id: int, *, until: datetime) -> bool:
    """A worker's share of an uploaded file: True when nothing is left for it to do.

    True also when somebody else has the run or another file of the same source comes first; the
    schedule looks again.
    """
    run = ImportRun.objects.unfinished().filter(pk=run_id).first()
    if run is None:
        return True
    try:
        with sole_importer(run.source):
            claimed = claim(run)
            finished, _ = take_through(claimed, stored_file(claimed), until=until)
            return finished
    except (Busy, LostClaim):
        return True


def left_alone(now: datetime) -> list[int]:
    """Uploaded runs that wait or stand still although nobody stopped them."""
    quiet = ImportRun.objects.unfinished().filter(heartbeat_at__lt=now - QUIET).exclude(file="")
    return list(quiet.order_by("id").values_list("pk", flat=True))


def stored_file(run: ImportRun) -> Opener:
    """Opens the run's uploaded file; BadFile when it is gone."""
    gone = "The file of this import is not kept any more; upload it again."
    if not run.file:
        raise BadFile(gone)
    name, storage = str(run.file.name), run.file.storage

    def opener() -> BinaryIO:
        try:
            return cast("BinaryIO", storage.open(name, "rb"))
        except FileNotFoundError as error:
            raise BadFile(gone) from error

    return opener
