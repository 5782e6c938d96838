"""A clustering run's life: asked for, started, heard of, finished, failed or cancelled."""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Person
from catalogue.models import Service
from core.errors import DomainError, TransitionNotAllowed
from core.timeline import record
from problems import events, permissions
from problems.actions.rows import locked
from problems.models import ClusterRun
from problems.workflow import RUN

DEFAULT_WINDOW_DAYS = 180
EVERYTHING = 0
MOST_WINDOW_DAYS = 3650
# One number for the whole product: two requests at once are looked at one after the other.
_REQUEST_LOCK = 7_165_001


@transaction.atomic
def request_cluster_run(
    *,
    actor: Person | None,
    service: Service | None = None,
    window_days: int = DEFAULT_WINDOW_DAYS,
    kind: str = ClusterRun.Kind.WINDOW,
    at: datetime | None = None,
) -> ClusterRun:
    """Queues a run over the last `window_days` before the newest ticket; 0 means every ticket.

    One of kind “waiting” places the tickets of all services that have no cluster, whatever
    their age. Refused while a run over any of the same tickets is unfinished.
    """
    permissions.require(actor, "request_run")
    if kind == ClusterRun.Kind.WAITING and service is not None:
        raise DomainError("Tickets that wait are placed for all services.", field="service")
    if not 0 <= window_days <= MOST_WINDOW_DAYS:
        raise DomainError(
            f"The window is 1 to {MOST_WINDOW_DAYS} days, or 0 for all tickets.",
            field="window_days",
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_REQUEST_LOCK])
    scope_key = "all" if service is None else f"service:{service.pk}"
    unfinished = ClusterRun.objects.unfinished()
    if service is not None:
        unfinished = unfinished.filter(scope_key__in=["all", scope_key])
    if unfinished.exists():
        raise TransitionNotAllowed("A run over these tickets is not finished yet.")
    run = ClusterRun.objects.create(
        scope=service,
        scope_key=scope_key,
        kind=kind,
        window_days=window_days,
        requested_by=actor,
        created_at=at or timezone.now(),
    )
    record(
        events.CLUSTER_RUN_REQUESTED,
        run,
        actor=actor,
        at=at,
        scope=_scope(kind, service),
        window_days=window_days,
    )
    return run


def _scope(kind: str, service: Service | None) -> str:
    if kind == ClusterRun.Kind.WAITING:
        return "the tickets without a cluster"
    return "all services" if service is None else service.name


@transaction.atomic
def cancel_cluster_run(run: ClusterRun, *, actor: Person | None) -> ClusterRun:
    """Stops a waiting run at once; a running one stops at its next sign of life."""
    run = locked(run)
    permissions.require(actor, "cancel_run", run)
    RUN.target("cancel", run.state)
    if run.state == "running":
        run.cancel_requested = True
        run.save(update_fields=["cancel_requested"])
        return run
    return _end(run, "cancel", actor=actor)


@transaction.atomic
def start_run(run_id: int) -> ClusterRun | None:
    """Takes a queued run for this worker; None when it is not waiting (any more)."""
    run = ClusterRun.objects.select_for_update(of=("self",)).filter(pk=run_id).first()
    if run is None or run.state != RUN.initial:
        return None
    now = timezone.now()
    run.state = RUN.target("start", run.state)
    run.attempts += 1
    run.started_at = run.heartbeat_at = now
    run.stage, run.done, run.total = "", 0, 0
    run.save(
        update_fields=[
            "state",
            "attempts",
            "started_at",
            "heartbeat_at",
            "stage",
            "done",
            "total",
        ]
    )
    return run


@transaction.atomic
def finish_run(run: ClusterRun) -> ClusterRun:
    """Keeps the results set on `run` and says so."""
    run.state = RUN.target("finish", run.state)
    run.finished_at = run.heartbeat_at = timezone.now()
    run.stage = ""
    run.save()
    record(
        events.CLUSTER_RUN_FINISHED,
        run,
        actor=run.requested_by,
        tickets=run.ticket_count,
        clusters=run.cluster_count,
        new=run.new_count,
    )
    return run


@transaction.atomic
def stop_run(run: ClusterRun) -> ClusterRun:
    """Ends a run whose cancellation was asked for."""
    return _end(locked(run), "cancel", actor=None)


@transaction.atomic
def fail_run(run: ClusterRun, *, reason: str) -> ClusterRun:
    """Ends a run with a reason a person can read."""
    run = locked(run)
    run.error = reason[:2000]
    return _end(run, "fail", actor=None)


@transaction.atomic
def requeue_run(run: ClusterRun) -> ClusterRun:
    """Lets another worker take a run whose worker died; what was embedded stays."""
    run = locked(run)
    run.state = RUN.target("requeue", run.state)
    run.heartbeat_at = timezone.now()
    run.save(update_fields=["state", "heartbeat_at"])
    return run


def _end(run: ClusterRun, step: str, *, actor: Person | None) -> ClusterRun:
    run.state = RUN.target(step, run.state)
    run.finished_at = timezone.now()
    run.save(update_fields=["state", "finished_at", "error"])
    if step == "fail":
        record(events.CLUSTER_RUN_FAILED, run, actor=actor, reason=run.error)
    else:
        record(events.CLUSTER_RUN_CANCELLED, run, actor=actor)
    return run
