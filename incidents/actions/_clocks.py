"""Keeping a ticket's clocks: reckoned from its whole history, written where they differ."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents.agreements import agreement_for, policies_now
from incidents.clocks.history import Clock, ClockState, History, clocks_of
from incidents.clocks.policies import CompiledPolicy
from incidents.clocks.rules import Agreement, Target
from incidents.histories import read_histories
from incidents.models import Ticket, TicketClock

DEADLINE_FIELDS = (
    "first_response_due_at",
    "next_response_due_at",
    "resolution_due_at",
    "due_at",
    "next_target",
)
_WRITTEN = (
    "minutes",
    "policy_version_id",
    "calendar_version_id",
    "state",
    "started_at",
    "stopped_at",
    "warn_at",
    "due_at",
    "alert_at",
    "warned_for",
    "breached_for",
)
_Key = tuple[str, int | None, int]
_TOLD = ("warned_for", "breached_for")


def begin_clocks(
    ticket: Ticket,
    history: History,
    now: datetime,
    *,
    policies: Sequence[CompiledPolicy] | None = None,
    told: bool = False,
) -> list[TicketClock]:
    """Sets the due times of a ticket that is not written yet; returns its clocks to be written.

    With `told` nobody is to hear any more of what lies before `now`: it is history.
    """
    agreement = agreement_for(ticket, policies_now() if policies is None else policies)
    if agreement is None:
        set_due_times(ticket, [])
        return []
    rows = [_row(ticket, one, agreement, None, now) for one in clocks_of(history, agreement)]
    if told:
        for row in rows:
            _mark_told(row, now)
    set_due_times(ticket, rows)
    return rows


def _mark_told(row: TicketClock, now: datetime) -> None:
    for name, at in zip(_TOLD, (row.warn_at, row.due_at), strict=True):
        if at is not None and at <= now:
            setattr(row, name, row.policy_version_id)
    row.alert_at = alert_at(row)


def reckon(
    tickets: Sequence[Ticket],
    *,
    now: datetime,
    policies: Sequence[CompiledPolicy] | None = None,
) -> list[Ticket]:
    """Works the clocks of written, locked tickets out anew and writes those that differ.

    The tickets' own due times are set, not saved; returns the tickets whose due times changed.
    Doing it again changes nothing.
    """
    known = policies_now() if policies is None else policies
    agreements = {ticket.pk: agreement_for(ticket, known) for ticket in tickets}
    targets = {one.target for found in agreements.values() if found for one in found.promises}
    histories = read_histories(tickets, targets)
    kept: dict[int, dict[_Key, TicketClock]] = {ticket.pk: {} for ticket in tickets}
    for row in TicketClock.objects.filter(ticket_id__in=list(kept)):
        kept[row.ticket_id][row.target, row.team_id, row.number] = row
    plan = _Plan(now)
    changed = []
    for ticket in tickets:
        rows = plan.fit(ticket, agreements[ticket.pk], histories[ticket.pk], kept[ticket.pk])
        if set_due_times(ticket, rows):
            changed.append(ticket)
    plan.write()
    return changed


class _Plan:
    """What is to be added, changed and taken away."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.new: list[TicketClock] = []
        self.different: list[TicketClock] = []
        self.gone: list[int] = []

    def fit(
        self,
        ticket: Ticket,
        agreement: Agreement | None,
        history: History,
        kept: dict[_Key, TicketClock],
    ) -> list[TicketClock]:
        """The ticket's clocks as they are to be; those that ended stay as they ended."""
        rows: list[TicketClock] = []
        if agreement is not None:
            for clock in clocks_of(history, agreement):
                rows.append(self._one(ticket, clock, agreement, kept))
        for row in kept.values():
            if row.is_going:
                self.gone.append(row.pk)
            else:
                rows.append(row)
        return rows

    def _one(
        self,
        ticket: Ticket,
        clock: Clock,
        agreement: Agreement,
        kept: dict[_Key, TicketClock],
    ) -> TicketClock:
        key = (clock.promise.target.value, clock.promise.team, clock.number)
        old = kept.pop(key, None)
        if old is not None and old.stopped_at is not None and old.stopped_at == clock.stopped_at:
            return old
        row = _row(ticket, clock, agreement, old, self.now)
        if old is None:
            self.new.append(row)
        elif any(getattr(old, name) != getattr(row, name) for name in _WRITTEN):
            row.pk = old.pk
            self.different.append(row)
        return row

    def write(self) -> None:
        """At most three statements."""
        if self.gone:
            TicketClock.objects.filter(pk__in=self.gone).delete()
        if self.different:
            fields = [name.removesuffix("_id") for name in _WRITTEN]
            TicketClock.objects.bulk_update(self.different, fields, batch_size=500)
        if self.new:
            TicketClock.objects.bulk_create(self.new, batch_size=500)


def _row(
    ticket: Ticket, clock: Clock, agreement: Agreement, old: TicketClock | None, now: datetime
) -> TicketClock:
    row = TicketClock(
        ticket=ticket,
        target=clock.promise.target.value,
        team_id=clock.promise.team,
        number=clock.number,
        minutes=int(clock.promise.amount.total_seconds() // 60),
        policy_version_id=agreement.version,
        calendar_version_id=clock.promise.calendar_version,
        state=clock.state.value,
        started_at=clock.started_at,
        stopped_at=clock.stopped_at,
        warn_at=clock.warn_at,
        due_at=clock.due_at,
    )
    if old is not None:
        _carry(row, old, now)
    row.alert_at = alert_at(row)
    return row


def _carry(row: TicketClock, old: TicketClock, now: datetime) -> None:
    """What was told stays told; for a new version too while it is as late as before."""
    for name, at in zip(_TOLD, (row.warn_at, row.due_at), strict=True):
        told = getattr(old, name)
        still = told is not None and at is not None and at <= now
        setattr(row, name, row.policy_version_id if still else told)


def alert_at(row: TicketClock) -> datetime | None:
    """When somebody is to be told next; None when nothing is left to tell."""
    version = row.policy_version_id
    if row.breached_for == version or row.state in {ClockState.MET, ClockState.DROPPED}:
        return None
    if row.state != ClockState.MISSED and row.warned_for != version and row.warn_at is not None:
        return row.warn_at
    return row.due_at


def set_due_times(ticket: Ticket, rows: Sequence[TicketClock]) -> bool:
    """Copies what lists need to the ticket; True when something differs."""
    before = [getattr(ticket, name) for name in DEADLINE_FIELDS]
    ticket.first_response_due_at = _due(rows, Target.FIRST_RESPONSE)
    ticket.next_response_due_at = _due([r for r in rows if r.is_going], Target.NEXT_RESPONSE)
    ticket.resolution_due_at = _due(rows, Target.RESOLUTION)
    going = [row for row in rows if row.is_going]
    dated = [(row.due_at, row.target) for row in going if row.due_at is not None]
    # Of clocks that all wait, the resolution's is the one people ask about.
    waiting = sorted((row.target != Target.RESOLUTION, row.target) for row in going)
    ticket.due_at, ticket.next_target = min(dated, default=(None, waiting[0][1] if waiting else ""))
    return before != [getattr(ticket, name) for name in DEADLINE_FIELDS]


def _due(rows: Sequence[TicketClock], target: Target) -> Any:
    return next((row.due_at for row in rows if row.target == target), None)
