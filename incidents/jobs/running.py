"""Taking a job from its first ticket to its last, over any number of stops.

Each ticket is one transaction: the item is locked, the ticket changed, the item marked, the job's
counts raised. A process that dies leaves an item that waits. Two processes on one job share its
items, because each passes over what the other has locked.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from incidents.jobs.operations import Operation, Params, known_operations
from incidents.models import Ticket, TicketJob, TicketJobItem

logger = logging.getLogger(__name__)

# A job nobody moved for so long has lost its worker.
QUIET = timedelta(minutes=2)
# After so many tickets the person is read anew: rights taken away meanwhile count.
BATCH = 50
_BROKEN = "Something went wrong with this ticket; it is unchanged, and the error is in the log."


def go_on(job_id: int, *, until: datetime) -> bool:
    """A worker's share of a job: True when nothing is left for it to do."""
    if not _begin(job_id):
        return True
    while timezone.now() < until:
        job = TicketJob.objects.select_related("requested_by").get(pk=job_id)
        if not all(_take_next(job, job.requested_by) for _ in range(BATCH)):
            _finish(job_id)
            return True
    return False


def left_alone(now: datetime) -> list[int]:
    """Jobs that wait or stand still although nobody stopped them."""
    quiet = TicketJob.objects.unfinished().filter(heartbeat_at__lt=now - QUIET)
    return list(quiet.order_by("id").values_list("pk", flat=True))


@transaction.atomic
def _begin(job_id: int) -> bool:
    job = TicketJob.objects.unfinished().select_for_update(of=("self",)).filter(pk=job_id).first()
    if job is None:
        return False
    job.state = TicketJob.State.RUNNING
    job.heartbeat_at = timezone.now()
    job.started_at = job.started_at or job.heartbeat_at
    job.save(update_fields=["state", "heartbeat_at", "started_at"])
    return True


@transaction.atomic
def _take_next(job: TicketJob, person: Person) -> bool:
    """One ticket; False when there is none left to take, or the job was stopped."""
    if not TicketJob.objects.filter(pk=job.pk, state=TicketJob.State.RUNNING).exists():
        return False
    waiting = TicketJobItem.objects.waiting().filter(job=job)
    item = waiting.select_for_update(of=("self",), skip_locked=True).order_by("id").first()
    if item is None:
        return False
    try:
        with transaction.atomic():
            _carry_out(job, item, person)
    except DomainError as error:
        _refuse(item, error.message)
    except Exception:
        logger.exception("ticket_job.item_failed", extra={"item": item.pk})
        _refuse(item, _BROKEN)
    item.save(update_fields=["state", "reason", "undo"])
    counted = "refused" if item.state == TicketJobItem.State.REFUSED else "done"
    TicketJob.objects.filter(pk=job.pk).update(
        **{counted: F(counted) + 1}, heartbeat_at=timezone.now()
    )
    return True


def _refuse(item: TicketJobItem, reason: str) -> None:
    item.state = TicketJobItem.State.REFUSED
    item.reason = reason[:500]
    item.undo = {}


def _carry_out(job: TicketJob, item: TicketJobItem, person: Person) -> None:
    chosen = known_operations().get(job.operation)
    if chosen is None:
        raise DomainError("This operation is not known any more.")
    ticket = Ticket.objects.visible_to(person).filter(pk=item.ticket_id).first()
    if ticket is None or not person.is_active:
        raise DomainError(f"{person.name} may not see this ticket any more.")
    if item.undoes_id is None:
        item.undo = _apply(chosen, ticket, person, job.params)
    else:
        item.reason = " ".join(_undo(chosen, ticket, person, item.undoes_id))[:500]
    item.state = TicketJobItem.State.DONE


def _apply(chosen: Operation, ticket: Ticket, person: Person, params: Params) -> Params:
    return chosen.apply(ticket, person, params) or {}


def _undo(chosen: Operation, ticket: Ticket, person: Person, undone_id: int) -> Sequence[str]:
    """Takes it back; returns what stays, and why."""
    before = TicketJobItem.objects.select_for_update(of=("self",)).get(pk=undone_id)
    now = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    if chosen.undo is None or before.state != TicketJobItem.State.DONE:
        raise DomainError("This cannot be undone.")
    stays = chosen.undo(now, person, before.undo) or ()
    before.state = TicketJobItem.State.UNDONE
    before.save(update_fields=["state"])
    return stays


@transaction.atomic
def _finish(job_id: int) -> None:
    """The job is done once no item waits; an item another process holds waits still."""
    job = TicketJob.objects.select_for_update(of=("self",)).get(pk=job_id)
    if job.state == TicketJob.State.RUNNING and not job.items.waiting().exists():
        job.state = TicketJob.State.DONE
        job.finished_at = job.heartbeat_at = timezone.now()
        job.save(update_fields=["state", "finished_at", "heartbeat_at"])
