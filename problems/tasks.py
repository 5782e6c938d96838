"""Background work: clustering runs and keeping them alive, and reminders."""

import logging
from datetime import timedelta

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from core.errors import TransitionNotAllowed
from problems.actions import (
    fail_run,
    remind_of_problem_action,
    request_cluster_run,
    requeue_run,
    start_run,
    stop_run,
)
from problems.clustering.due import Due, due_run
from problems.clustering.progress import CancelledError, TakenOverError
from problems.clustering.refreshing import refresh_every_cluster
from problems.clustering.running import cluster_tickets
from problems.clustering.waiting import place_waiting
from problems.models import ClusterRun, ProblemAction

logger = logging.getLogger(__name__)

SOFT_LIMIT = 50 * 60
HARD_LIMIT = 55 * 60
# Every stage reports many times in this time; a run that does not has lost its worker.
SILENCE = timedelta(minutes=4)
UNHEARD = timedelta(minutes=1)
MOST_ATTEMPTS = 3


@shared_task(soft_time_limit=SOFT_LIMIT, time_limit=HARD_LIMIT)
def run_clustering(run_id: int) -> None:
    """Does a queued run; a run that is not waiting (any more) is left alone."""
    run = start_run(run_id)
    if run is None:
        return
    try:
        if run.kind == ClusterRun.Kind.WAITING:
            place_waiting(run)
        else:
            cluster_tickets(run)
    except CancelledError:
        stop_run(run)
    except TakenOverError:
        logger.warning("cluster_run.taken_over", extra={"run": run_id})
    except SoftTimeLimitExceeded:
        fail_run(run, reason=f"It took longer than {SOFT_LIMIT // 60} minutes.")
    except Exception as error:
        # Whatever went wrong, people who wait for the run have to see that it ended and why.
        logger.exception("cluster_run.failed", extra={"run": run_id})
        fail_run(run, reason=f"Stopped by an error: {type(error).__name__}: {error}")


@shared_task(soft_time_limit=50, time_limit=60)
def tend_runs() -> None:
    """Starts again what lost its worker or its wake-up, and asks for a run when one is due."""
    now = timezone.now()
    for run in ClusterRun.objects.unfinished():
        heard = run.heartbeat_at or run.created_at
        if run.state == "running" and now - heard > SILENCE:
            _revive(run)
        elif run.state == "queued" and now - heard > UNHEARD:
            run_clustering.delay(run.pk)
    due = due_run(now)
    if due is not None:
        _request(due)


def _revive(run: ClusterRun) -> None:
    """A silent run starts again from what is saved, three times at most."""
    if run.cancel_requested:
        stop_run(run)
        return
    if run.attempts < MOST_ATTEMPTS:
        requeue_run(run)
        run_clustering.delay(run.pk)
        return
    stage = run.stage or "starting"
    fail_run(run, reason=f"Its worker died {run.attempts} times, the last time while {stage}.")


@shared_task(soft_time_limit=50, time_limit=60)
def request_nightly_run() -> None:
    """Asks for the nightly run over all services."""
    _request(Due())


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def refresh_clusters() -> None:
    """Counts every cluster anew, whether locked, dismissed or out of every run's window."""
    refresh_every_cluster()


@shared_task(soft_time_limit=50, time_limit=60)
def remind_of_follow_ups() -> None:
    """Says once of each follow-up of a review that its date is over."""
    now = timezone.now()
    for row in ProblemAction.objects.to_remind(timezone.localdate(now)):
        remind_of_problem_action(row, at=now)


def _request(due: Due) -> None:
    try:
        request_cluster_run(actor=None, kind=due.kind, window_days=due.window_days)
    except TransitionNotAllowed:
        logger.info("cluster_run.already_unfinished")
