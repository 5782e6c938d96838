"""Reckoning the open tickets anew after a policy or a calendar changed, batch by batch."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from catalogue.models import CalendarVersion, PolicyVersion
from incidents.actions._clocks import DEADLINE_FIELDS, reckon
from incidents.models import ClockRun, Ticket

BATCH = 200


def begin_clock_run(
    because: str,
    *,
    policy_version: PolicyVersion | None = None,
    calendar_version: CalendarVersion | None = None,
) -> ClockRun:
    """A run over all open tickets; a worker takes it up."""
    return ClockRun.objects.create(
        because=because[:160],
        policy_version=policy_version,
        calendar_version=calendar_version,
        total=Ticket.objects.open().count(),
    )


@transaction.atomic
def reckon_batch(run_id: int, *, now: datetime | None = None) -> bool:
    """Reckons the run's next tickets; False when nothing is left for this process to do.

    Safe to run twice: a batch commits with the place it reached, and reckoning again changes
    nothing. While another worker has the run there is nothing to do.
    """
    now = now or timezone.now()
    run = (
        ClockRun.objects.select_for_update(skip_locked=True)
        .filter(pk=run_id, state=ClockRun.State.RUNNING)
        .first()
    )
    if run is None:
        return False
    tickets = list(
        Ticket.objects.select_for_update(of=("self",))
        .open()
        .filter(pk__gt=run.last_ticket_id)
        .order_by("pk")[:BATCH]
    )
    changed = reckon(tickets, now=now)
    Ticket.objects.bulk_update(changed, DEADLINE_FIELDS)
    run.done += len(tickets)
    run.changed += len(changed)
    run.touched_at = now
    if tickets:
        run.last_ticket_id = tickets[-1].pk
    if len(tickets) < BATCH:
        run.state, run.finished_at = ClockRun.State.DONE, now
    run.save()
    return run.state == ClockRun.State.RUNNING
