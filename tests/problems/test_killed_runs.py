"""Runs and their workers: two at once, and one that is killed without a word."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from problems import tasks
from problems.models import Cluster, ClusterMember, ClusterRun
from tests.conftest import Cast
from tests.problems.causes import INVOICE, OTHER, PRINTER, VPN, tickets_of
from tests.problems.test_clustering_runs import together
from tests.problems.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def queued() -> ClusterRun:
    """A run that waits; one that is asked for is done at once where tasks run at once."""
    run = ClusterRun.objects.create()
    assert run.state == "queued"
    return run


def test_two_workers_at_once_do_a_run_once(cast: Cast) -> None:
    printers = tickets_of(cast, PRINTER)
    tickets_of(cast, VPN + INVOICE + OTHER)
    run = queued()
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
    run = queued()
    with transaction.atomic():
        # Saving takes every cluster under lock: the worker waits for this one.
        Cluster.objects.select_for_update().get(pk=waiting.pk)
        worker = _start_worker(run.pk)
        _wait_until_saving(run.pk)
        worker.kill()
        assert worker.wait(timeout=30) == -signal.SIGKILL
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


WORKER = """
import os, sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from problems.tasks import run_clustering
run_clustering(int(sys.argv[2]))
"""


def _start_worker(run_id: int) -> "subprocess.Popen[bytes]":
    """A process of its own that does the run on this test's database."""
    name = str(connection.settings_dict["NAME"])
    return subprocess.Popen([sys.executable, "-c", WORKER, name, str(run_id)], env=os.environ)


def _wait_until_saving(run_id: int) -> None:
    """Until the run's worker has come to saving; its reports are seen as they are committed."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if ClusterRun.objects.filter(pk=run_id, stage="saving").exists():
            return
        time.sleep(0.05)
    raise AssertionError("the worker never came to saving")
