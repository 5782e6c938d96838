"""Runs and their workers: two at once, and one that is killed without a word."""

import os
import signal
import time
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from problems import actions, tasks
from problems.models import Cluster, ClusterMember, ClusterRun
from tests.conftest import Cast
from tests.problems.causes import INVOICE, OTHER, PRINTER, VPN, tickets_of
from tests.problems.test_clustering_runs import together
from tests.problems.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_workers_at_once_do_a_run_once(cast: Cast) -> None:
    printers = tickets_of(cast, PRINTER)
    tickets_of(cast, VPN + INVOICE + OTHER)
    run = actions.request_cluster_run(actor=None)
    done = at_once(lambda: tasks.run_clustering(run.pk), lambda: tasks.run_clustering(run.pk))
    run.refresh_from_db()
    assert done == ["done", "done"]
    assert (run.state, run.attempts, run.error) == ("done", 1, "")
    assert together(printers).ticket_count == len(PRINTER)
    assert Cluster.objects.count() == run.cluster_count


def test_a_worker_killed_while_saving_leaves_nothing_half_and_the_next_one_finishes(
    cast: Cast,
) -> None:
    printers = tickets_of(cast, PRINTER)
    tickets_of(cast, VPN + INVOICE + OTHER)
    waiting = Cluster.objects.create(title="Held by somebody")
    run = actions.request_cluster_run(actor=None)
    with transaction.atomic():
        # Saving takes every cluster under lock: the worker waits for this one.
        Cluster.objects.select_for_update().get(pk=waiting.pk)
        worker = _start_worker(run.pk)
        _wait_until_saving(run.pk)
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
    run.refresh_from_db()
    assert run.state == "running"
    assert not ClusterMember.objects.exists()
    ClusterRun.objects.filter(pk=run.pk).update(
        heartbeat_at=timezone.now() - tasks.SILENCE - timedelta(seconds=1)
    )
    tasks.tend_runs()
    tasks.run_clustering(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts, run.error) == ("done", 2, "")
    assert together(printers).ticket_count == len(PRINTER)


def _start_worker(run_id: int) -> int:
    """A process of its own that does the run, on a connection of its own."""
    worker = os.fork()
    if worker:
        return worker
    try:
        # The parent's connection is let go of, not closed: the parent goes on using it.
        kept = connections["default"]
        connections["default"] = connections.create_connection("default")
        tasks.run_clustering(run_id)
        del kept
    finally:
        os._exit(0)


def _wait_until_saving(run_id: int) -> None:
    """Until the run's worker has come to saving; its reports are seen as they are committed."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if ClusterRun.objects.filter(pk=run_id, stage="saving").exists():
            return
        time.sleep(0.05)
    raise AssertionError("the worker never came to saving")
