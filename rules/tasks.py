"""Background work of rules: moments of time, and dry runs."""

import logging
from datetime import timedelta

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from rules.actions import do_dry_run, fail_dry_run, run_time_rule, start_dry_run
from rules.activators import MOMENTS
from rules.conditions import fitting
from rules.models import DryRun, Rule, RuleRun, RuleVersion
from rules.moments import due

logger = logging.getLogger(__name__)

# Tickets of one rule in one go; the next minute does the next ones.
BATCH = 200
SILENCE = timedelta(minutes=4)
UNHEARD = timedelta(minutes=1)
MOST_ATTEMPTS = 3


@shared_task(soft_time_limit=240, time_limit=300)
def run_time_rules() -> None:
    """Runs the rules of time, in their order, for the tickets whose moment has come."""
    active = Rule.objects.active().filter(current__activator__in=MOMENTS)
    for rule in active.in_order().select_related("current__saved_by"):
        version = rule.version
        version.rule = rule
        _run(version)


def _run(version: RuleVersion) -> None:
    now = timezone.now()
    tickets = fitting(None, version.conditions, version.match, author=version.saved_by)
    ids = due(tickets, version, now).order_by("pk").values_list("pk", flat=True)[:BATCH]
    for ticket_id in list(ids):
        run = run_time_rule(version, ticket_id, now=now)
        if run is not None and run.outcome == RuleRun.Outcome.HELD:
            # Its limit: the rule is paused.
            return


@shared_task(soft_time_limit=1500, time_limit=1560)
def work_on_dry_run(run_id: int) -> None:
    """Does a waiting dry run; one that another worker has is left alone."""
    run = start_dry_run(run_id, silent_before=timezone.now() - SILENCE)
    if run is None:
        return
    if run.attempts > MOST_ATTEMPTS:
        fail_dry_run(run, reason=f"Its worker died {MOST_ATTEMPTS} times.")
        return
    try:
        do_dry_run(run)
    except SoftTimeLimitExceeded:
        fail_dry_run(run, reason="It took longer than 25 minutes.")


@shared_task(soft_time_limit=50, time_limit=60)
def tend_dry_runs() -> None:
    """Wakes workers for dry runs that wait for one or lost theirs."""
    now = timezone.now()
    for run in DryRun.objects.unfinished():
        patience = UNHEARD if run.state == "queued" else SILENCE
        if now - run.heartbeat_at > patience:
            work_on_dry_run.delay(run.pk)
