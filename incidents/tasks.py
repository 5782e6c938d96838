"""Background work of tickets."""

from datetime import datetime, timedelta

from celery import shared_task
from django.utils import timezone

from core.errors import TransitionNotAllowed
from incidents.actions import (
    assign_by_policy,
    close_ticket,
    fill_batch,
    forget_discarded_drafts,
    look_after_index,
    reckon_batch,
    return_to_pool,
    tell_of_target,
)
from incidents.imports.actions import discard_abandoned
from incidents.imports.running import go_on
from incidents.imports.running import left_alone as imports_left_alone
from incidents.jobs import running
from incidents.models import ClockRun, SavedView, TeamPolicy, Ticket, TicketClock
from incidents.models.policy import CLOSE_AFTER_DAYS
from incidents.models.ticket import TicketQuerySet
from incidents.ownership import left_alone
from incidents.remembering import count_terms
from incidents.saved_views.counting import recount_view, views_to_recount
from incidents.searching import read_words
from incidents.similar import embed_missing
from incidents.vectorspaces import empty_the_unread, go_over, written
from incidents.workflow import OPEN, RESOLVED

EMBED_BATCH = 1_000
ASSIGN_BATCH = 200
# A team in which so many tickets find nobody has nobody: the next run tries again.
MOST_MISSES = 10
CLOSE_BATCH = 500
# A large file is imported in shares, so that no task outlives the broker's patience.
IMPORT_SHARE = timedelta(minutes=10)
# Work on many tickets is done in short shares: other duties of the same worker come in between.
JOB_SHARE = timedelta(seconds=20)
ALERT_BATCH = 200
# A run nobody has written to for so long has lost its worker.
QUIET = timedelta(minutes=2)


@shared_task(soft_time_limit=240, time_limit=300)
def embed_missing_tickets() -> None:
    """Embeds tickets that no event announced (an import, a new model), batch by batch.

    Stops in time; what is left is done by the next run. When every ticket has a vector of a new
    model, these are read from then on; the old ones go with the next run, so that nobody who is
    reading them is disturbed.
    """
    until = timezone.now() + timedelta(seconds=200)
    empty_the_unread()
    for space in written():
        below: int | None = None
        while timezone.now() < until:
            done = embed_missing(space, EMBED_BATCH, below=below)
            if len(done) < EMBED_BATCH:
                break
            below = done[-1]
    go_over()


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


@shared_task(soft_time_limit=240, time_limit=300)
def forget_drafts() -> None:
    """Deletes drafts that were thrown away more than a week ago, with their files."""
    forget_discarded_drafts(timezone.now())


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


@shared_task(soft_time_limit=240, time_limit=300)
def read_search_words() -> None:
    """Reads the words of changed tickets, so that misspelt ones can be corrected.

    Stops in time; what is left is read by the next run.
    """
    until = timezone.now() + timedelta(seconds=200)
    while timezone.now() < until and read_words():
        pass


@shared_task(soft_time_limit=240, time_limit=300)
def fill_search_index() -> None:
    """Writes the words of tickets anew where they were written in another way or language.

    Stops in time; the next run goes on from there.
    """
    look_after_index()
    until = timezone.now() + timedelta(seconds=200)
    while fill_batch():
        if timezone.now() >= until:
            return


@shared_task(soft_time_limit=100, time_limit=120)
def count_ticket_terms() -> None:
    """Counts how rare each word is, for the comparison of tickets."""
    count_terms()


@shared_task(soft_time_limit=240, time_limit=300)
def run_ticket_job(job_id: int) -> None:
    """Works on a job's tickets for some seconds, then hands the rest to the next task."""
    if not running.go_on(job_id, until=timezone.now() + JOB_SHARE):
        run_ticket_job.delay(job_id)


@shared_task(soft_time_limit=50, time_limit=60)
def resume_ticket_jobs() -> None:
    """Wakes workers for jobs on many tickets that wait for one or lost theirs."""
    for job_id in running.left_alone(timezone.now()):
        run_ticket_job.delay(job_id)


@shared_task(soft_time_limit=240, time_limit=300)
def recount_views() -> None:
    """Counts views anew that time alone changes, were too many, or were never counted.

    Stops in time; the longest uncounted come first, so that the next run does the others.
    """
    until = timezone.now() + timedelta(seconds=200)
    for view_id in views_to_recount(timezone.now()):
        if timezone.now() >= until:
            return
        recount_view(view_id)


@shared_task(soft_time_limit=1200, time_limit=1260)
def recount_every_view() -> None:
    """Counts every view from the start, for what no event tells, such as a renamed customer."""
    for view_id in SavedView.objects.values_list("pk", flat=True):
        recount_view(view_id)


@shared_task(soft_time_limit=50, time_limit=58)
def tell_of_targets() -> None:
    """Tells of every target that is near or over; what is left after 45 s is the next run's."""
    until = timezone.now() + timedelta(seconds=45)
    while timezone.now() < until:
        due = TicketClock.objects.filter(alert_at__lte=timezone.now()).order_by("alert_at")
        batch = list(due.select_related("ticket")[:ALERT_BATCH])
        told = sum(tell_of_target(clock.ticket, clock.pk, now=timezone.now()) for clock in batch)
        if len(batch) < ALERT_BATCH or not told:
            return


@shared_task(soft_time_limit=240, time_limit=300)
def reckon_clocks(run_id: int) -> None:
    """Reckons open tickets anew for some minutes, then hands the rest to the next task."""
    until = timezone.now() + timedelta(seconds=200)
    while timezone.now() < until:
        if not reckon_batch(run_id):
            return
    reckon_clocks.delay(run_id)


@shared_task(soft_time_limit=50, time_limit=60)
def resume_clock_runs() -> None:
    """Wakes workers for runs over the open tickets that wait for one or lost theirs."""
    quiet = ClockRun.objects.filter(
        state=ClockRun.State.RUNNING, touched_at__lt=timezone.now() - QUIET
    )
    for run_id in quiet.order_by("id").values_list("pk", flat=True):
        reckon_clocks.delay(run_id)
