"""Dry runs: what a version would have done over the last 30 days."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import TransitionNotAllowed
from core.timeline import record
from rules.events import DRY_RUN_REQUESTED
from rules.models import DryRun, DryRunHit, RuleVersion
from rules.permissions import require_rules
from rules.replay import Found, replay
from rules.workflow import DRY_RUN

WINDOW = timedelta(days=30)
MOST_HITS = 5_000


@transaction.atomic
def request_dry_run(version: RuleVersion, *, actor: Person, at: datetime | None = None) -> DryRun:
    """Queues a dry run of the version over the last 30 days, read with the actor's eyes."""
    require_rules(actor)
    mine = DryRun.objects.visible_to(actor).unfinished()
    if mine.select_for_update().filter(version=version).exists():
        raise TransitionNotAllowed("A dry run of this version is not finished yet.")
    at = at or timezone.now()
    run = DryRun.objects.create(
        version=version,
        requested_by=actor,
        since=at - WINDOW,
        until=at,
        created_at=at,
        heartbeat_at=at,
    )
    record(DRY_RUN_REQUESTED, run, actor=actor, version=version.number)
    return run


@transaction.atomic
def cancel_dry_run(run: DryRun, *, actor: Person) -> DryRun:
    """Stops it; a worker notices at its next sign of life."""
    run = DryRun.objects.select_for_update().get(pk=run.pk)
    require_rules(actor)
    return _end(run, "cancel")


@transaction.atomic
def start_dry_run(run_id: int, *, silent_before: datetime) -> DryRun | None:
    """Takes a run that waits or lost its worker; None when another worker has it."""
    run = DryRun.objects.unfinished().select_for_update().filter(pk=run_id).first()
    if run is None or (run.state == "running" and run.heartbeat_at > silent_before):
        return None
    run.hits.all().delete()
    run.state = DRY_RUN.target("start", run.state)
    run.heartbeat_at = timezone.now()
    run.attempts += 1
    run.done = run.total = run.hits_count = 0
    run.save()
    return run


def do_dry_run(run: DryRun) -> DryRun:
    """Replays the log, keeping what it finds share by share; returns the finished run.

    Stops quietly when it was cancelled, or another worker took it over.
    """
    seen: set[int] = set()
    for done, total, found in replay(run):
        if not _keep(run, done, total, [one for one in found if one.ticket_id not in seen]):
            return run
        seen.update(one.ticket_id for one in found)
    return _finish(run)


@transaction.atomic
def _keep(run: DryRun, done: int, total: int, found: list[Found]) -> bool:
    """Writes a share of the results and how far it is; False when the run is not ours any more."""
    alive = DryRun.objects.select_for_update().filter(
        pk=run.pk, state="running", attempts=run.attempts
    )
    now = alive.first()
    if now is None:
        return False
    first: dict[int, Found] = {}
    for one in found:
        first.setdefault(one.ticket_id, one)
    room = max(MOST_HITS - now.hits_count, 0)
    DryRunHit.objects.bulk_create(
        [
            DryRunHit(dry_run=run, ticket_id=one.ticket_id, event_id=one.event_id, at=one.at)
            for one in list(first.values())[:room]
        ]
    )
    now.hits_count += len(first)
    now.done, now.total, now.heartbeat_at = done, total, timezone.now()
    now.save(update_fields=["hits_count", "done", "total", "heartbeat_at"])
    return True


@transaction.atomic
def _finish(run: DryRun) -> DryRun:
    fresh = DryRun.objects.select_for_update().get(pk=run.pk)
    if fresh.state != "running" or fresh.attempts != run.attempts:
        return fresh
    return _end(fresh, "finish")


@transaction.atomic
def fail_dry_run(run: DryRun, *, reason: str) -> DryRun:
    """Ends it with a reason a person can read."""
    fresh = DryRun.objects.select_for_update().get(pk=run.pk)
    if not fresh.is_unfinished:
        return fresh
    fresh.error = reason[:2000]
    return _end(fresh, "fail")


def _end(run: DryRun, step: str) -> DryRun:
    run.state = DRY_RUN.target(step, run.state)
    run.finished_at = timezone.now()
    run.save(update_fields=["state", "finished_at", "error"])
    return run
