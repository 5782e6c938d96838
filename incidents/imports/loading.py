"""One batch of rows → tickets, in one transaction."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.timeline import record
from incidents.actions import begin_clocks
from incidents.agreements import policies_now
from incidents.clocks import reckoning
from incidents.clocks.history import Held, History
from incidents.events import TICKETS_IMPORTED
from incidents.imports.drafts import Draft, Refused, Stretch
from incidents.imports.intervals import stretches
from incidents.imports.parsing import RawRow
from incidents.imports.references import References, Resolved
from incidents.imports.rows import Reader
from incidents.models import ImportReject, ImportRun, StatusInterval, Ticket, TicketClock
from incidents.search_index import index_tickets

LONGEST_REASON = 300
# A refused row is kept to be mended; a value longer than this is not mended by hand.
LONGEST_KEPT_VALUE = 5_000
MOST_NOTES = 40


class LostClaim(Exception):
    """Another process took the run over, or somebody stopped it; nothing of the batch was kept."""


@dataclass(frozen=True)
class Rejection:
    """A row that could not be taken, and why."""

    row: RawRow
    field: str
    reason: str


@dataclass
class Batch:
    """Rows sorted into what happens to them."""

    fresh: list[Draft] = field(default_factory=list)
    unchanged: int = 0
    rejections: list[Rejection] = field(default_factory=list)


def sort_rows(rows: Sequence[RawRow], reader: Reader, source: str) -> Batch:
    """Which rows are new, which are here already and which are refused; reads, writes nothing."""
    batch = Batch()
    drafts: list[tuple[RawRow, Draft]] = []
    for row in rows:
        try:
            drafts.append((row, reader.read(row)))
        except Refused as refused:
            batch.rejections.append(Rejection(row, refused.field, refused.reason))
    here = set(
        Ticket.objects.filter(
            source=source, source_number__in=[draft.number for _, draft in drafts]
        ).values_list("source_number", flat=True)
    )
    for _, draft in drafts:
        if draft.number in here:
            batch.unchanged += 1
        else:
            here.add(draft.number)
            batch.fresh.append(draft)
    return batch


def refuse_missing(batch: Batch, rows: Sequence[RawRow], references: References) -> None:
    """Moves drafts that name somebody nobody knows to the refused ones."""
    by_line = {row.line: row for row in rows}
    kept = []
    for draft in batch.fresh:
        missing = references.missing(draft)
        if missing:
            first = missing[0]
            row = by_line[draft.line]
            batch.rejections.append(Rejection(row, first.field, first.reason))
        else:
            kept.append(draft)
    batch.fresh = kept


@transaction.atomic
def load_batch(
    run: ImportRun, rows: Sequence[RawRow], *, reader: Reader, references: References
) -> None:
    """Stores a batch and moves the run on by it: both, or nothing.

    Raises LostClaim when the run is not this process's any more.
    """
    batch = sort_rows(rows, reader, run.source)
    references.prepare(batch.fresh)
    refuse_missing(batch, rows, references)
    resolved = [references.resolve(draft) for draft in batch.fresh]
    drafted = [
        (_ticket(draft, known, run), stretches(draft))
        for draft, known in zip(batch.fresh, resolved, strict=True)
    ]
    clocks = _clocks(drafted, timezone.now())
    tickets = Ticket.objects.bulk_create([ticket for ticket, _ in drafted], batch_size=500)
    StatusInterval.objects.bulk_create(
        [StatusInterval(ticket=ticket, **vars(one)) for ticket, lived in drafted for one in lived],
        batch_size=1000,
    )
    TicketClock.objects.bulk_create(clocks, batch_size=1000)
    index_tickets([ticket.pk for ticket in tickets])
    ImportReject.objects.bulk_create(
        [_reject(run, one) for one in batch.rejections], batch_size=500, ignore_conflicts=True
    )
    notes = Counter(note for draft in batch.fresh for note in draft.notes)
    notes.update(note for known in resolved for note in known.notes)
    _move_on(run, len(rows), batch, notes)
    _tell(run, tickets, batch)


def _clocks(drafted: Sequence[tuple[Ticket, list[Stretch]]], now: datetime) -> list[TicketClock]:
    """The targets of tickets that are still open, and their due times; they are no news."""
    going = [(ticket, lived) for ticket, lived in drafted if ticket.is_open]
    policies = policies_now() if going else ()
    return [
        clock
        for ticket, lived in going
        for clock in begin_clocks(
            ticket, _history(ticket, lived), now, policies=policies, told=True
        )
    ]


def _history(ticket: Ticket, lived: Sequence[Stretch]) -> History:
    """What the file tells of the ticket's life, as the clocks read it."""
    at = ticket.created_at
    return History(
        opened_at=at,
        stretches=tuple(
            reckoning.Stretch(one.category, one.started_at, one.ended_at, one.reason, one.state)
            for one in lived
        ),
        answered_at=ticket.first_response_at,
        held=() if ticket.team_id is None else (Held(ticket.team_id, at, None),),
    )


def _ticket(draft: Draft, known: Resolved, run: ImportRun) -> Ticket:
    return Ticket(
        kind=draft.kind,
        title=draft.title,
        description=draft.description,
        requester_id=known.requester_id,
        organisation_id=known.organisation_id,
        channel=draft.channel,
        service_id=known.service_id,
        component_id=known.component_id,
        category=draft.category,
        impact=draft.impact,
        urgency=draft.urgency,
        priority=draft.priority,
        severity=draft.severity,
        team_id=known.team_id,
        assignee_id=known.assignee_id,
        state=draft.state,
        state_category=draft.category_of_state,
        pending_reason=draft.pending_reason,
        version_seen=draft.version_seen,
        resolution_code=draft.resolution_code,
        resolution_text=draft.resolution_text,
        csat_score=draft.csat_score,
        created_by_id=run.requested_by_id,
        created_at=draft.created_at,
        updated_at=draft.updated_at or draft.closed_at or draft.resolved_at or draft.created_at,
        first_response_at=draft.first_response_at,
        resolved_at=draft.resolved_at,
        closed_at=draft.closed_at,
        reassignment_count=draft.reassignment_count,
        reopen_count=draft.reopen_count,
        source=run.source,
        source_number=draft.number,
    )


def _reject(run: ImportRun, one: Rejection) -> ImportReject:
    kept = {_storable(name): _storable(value) for name, value in one.row.values.items()}
    return ImportReject(
        run=run,
        line=one.row.line,
        field=one.field,
        reason=_storable(one.reason)[:LONGEST_REASON],
        row=kept,
    )


def _storable(text: str) -> str:
    """The text without what JSON in the database refuses: NUL bytes and halves of characters."""
    cleaned = printable(text)
    return cleaned if len(cleaned) <= LONGEST_KEPT_VALUE else cleaned[:LONGEST_KEPT_VALUE] + "…"


def printable(text: str) -> str:
    """The text without NUL bytes and halves of characters, which no table keeps."""
    return text.replace("\x00", "␀").encode("utf-8", "replace").decode()


def _move_on(run: ImportRun, rows: int, batch: Batch, notes: Counter[str]) -> None:
    """Counts the batch, if the run is still this process's."""
    total = Counter(run.notes)
    total.update(notes)
    now: datetime = timezone.now()
    moved = ImportRun.objects.filter(
        pk=run.pk, attempt=run.attempt, state=ImportRun.State.RUNNING, done=run.done
    ).update(
        done=F("done") + rows,
        created=F("created") + len(batch.fresh),
        unchanged=F("unchanged") + batch.unchanged,
        rejected=F("rejected") + len(batch.rejections),
        notes=dict(total.most_common(MOST_NOTES)),
        heartbeat_at=now,
    )
    if not moved:
        raise LostClaim(run.pk)


def _tell(run: ImportRun, tickets: Sequence[Ticket], batch: Batch) -> None:
    """One fact for the batch: thousands of single ones would bury the log."""
    if tickets:
        record(
            TICKETS_IMPORTED,
            run,
            actor=run.requested_by,
            source=run.source,
            created=len(tickets),
            unchanged=batch.unchanged,
            rejected=len(batch.rejections),
            ticket_ids=[ticket.pk for ticket in tickets],
        )
