"""Background work of tickets."""

from datetime import datetime, timedelta

from celery import shared_task
from django.utils import timezone

from core.errors import TransitionNotAllowed
from incidents.actions import assign_by_policy, close_ticket, return_to_pool
from incidents.imports.actions import discard_abandoned
from incidents.imports.running import go_on
from incidents.imports.running import left_alone as imports_left_alone
from incidents.models import TeamPolicy, Ticket
from incidents.models.policy import CLOSE_AFTER_DAYS
from incidents.models.ticket import TicketQuerySet
from incidents.ownership import left_alone
from incidents.remembering import count_terms
from incidents.similar import embed_missing
from incidents.workflow import OPEN, RESOLVED

EMBED_BATCH = 1_000
ASSIGN_BATCH = 200
# A team in which so many tickets find nobody has nobody: the next run tries again.
MOST_MISSES = 10
CLOSE_BATCH = 500
# A large file is imported in shares, so that no task outlives the broker's patience.
IMPORT_SHARE = timedelta(minutes=10)


@shared_task(soft_time_limit=240, time_limit=300)
def embed_missing_tickets() -> None:
    """Embeds tickets that no event announced (an import, a new model), batch by batch.

    Stops in time; what is left is done by the next run.
    """
    until = timezone.now() + timedelta(seconds=200)
    while timezone.now() < until and embed_missing(EMBED_BATCH) == EMBED_BATCH:
        pass


@shared_task(soft_time_limit=240, time_limit=300)
def close_settled_tickets() -> None:
    """Closes tickets that have been resolved for their team's days without a word."""
    now = timezone.now()
    arranged = list(TeamPolicy.objects.all())
    resolved = Ticket.objects.filter(state_category=RESOLVED)
    _close(resolved.exclude(team__in=[one.pk for one in arranged]), CLOSE_AFTER_DAYS, now)
    for policy in arranged:
        if policy.close_after_days is not None:
            _close(resolved.filter(team_id=policy.pk), policy.close_after_days, now)


def _close(resolved: TicketQuerySet, days: int, now: datetime) -> None:
    settled = resolved.filter(resolved_at__lt=now - timedelta(days=days))
    for ticket in settled.order_by("resolved_at")[:CLOSE_BATCH]:
        try:
            close_ticket(ticket, actor=None)
        except TransitionNotAllowed:
            # Reopened between reading and locking: it is not settled any more.
            continue


@shared_task(soft_time_limit=50, time_limit=60)
def assign_waiting_tickets() -> None:
    """Gives tickets that found nobody when they came: somebody is at work or has room by now."""
    for policy in TeamPolicy.objects.exclude(assignment=TeamPolicy.Method.NONE).order_by("pk"):
        waiting = Ticket.objects.filter(
            team_id=policy.pk, assignee__isnull=True, state_category=OPEN
        )
        misses = 0
        for ticket in waiting.order_by("priority", "pk")[:ASSIGN_BATCH]:
            misses += assign_by_policy(ticket) is None
            if misses == MOST_MISSES:
                break


@shared_task(soft_time_limit=50, time_limit=60)
def return_neglected_tickets() -> None:
    """Takes tickets back to their team's queue from owners who left them alone for too long."""
    now = timezone.now()
    for policy in TeamPolicy.objects.filter(ownership_minutes__isnull=False).order_by("pk"):
        for ticket in Ticket.objects.filter(pk__in=left_alone(policy, now)).order_by("pk"):
            return_to_pool(ticket)


@shared_task(soft_time_limit=1200, time_limit=1260)
def import_file(run_id: int) -> None:
    """Imports an uploaded file for some minutes, then hands the rest to the next task."""
    if not go_on(run_id, until=timezone.now() + IMPORT_SHARE):
        import_file.delay(run_id)


@shared_task(soft_time_limit=50, time_limit=60)
def resume_imports() -> None:
    """Wakes workers for imports that wait for one or lost theirs; forgets abandoned uploads."""
    for run_id in imports_left_alone(timezone.now()):
        import_file.delay(run_id)
    discard_abandoned(timezone.now())


@shared_task(soft_time_limit=100, time_limit=120)
def count_ticket_terms() -> None:
    """Counts how rare each word is, for the comparison of tickets."""
    count_terms()
