"""Runs and their workers: two at once, and one that is killed without a word."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalogue.models import Service
from problems import tasks
from problems.clustering import progress
from problems.models import Cluster, ClusterMember, ClusterRun
from tests.conftest import Cast
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster, member_ids
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


def test_saving_gives_signs_of_life_from_outside_its_transaction(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "BEAT_SECONDS", 0.05)
    tickets_of(cast, PRINTER + VPN)
    waiting = Cluster.objects.create(title="Held by somebody")
    run = queued()
    with ThreadPoolExecutor(1) as worker:
        with transaction.atomic():
            Cluster.objects.select_for_update().get(pk=waiting.pk)
            doing = worker.submit(at_once, lambda: tasks.run_clustering(run.pk))
            _wait_until_saving(run.pk)
            run.refresh_from_db()
            began = run.heartbeat_at
            assert began is not None
            _wait_for(ClusterRun.objects.filter(pk=run.pk, heartbeat_at__gt=began), "a beat")
        assert doing.result(timeout=60) == ["done"]
    run.refresh_from_db()
    assert (run.state, run.error) == ("done", "")


def test_runs_over_two_services_at_once_leave_a_cluster_between_them_alone(cast: Cast) -> None:
    network = Service.objects.create(name="Network", key="network")
    printers = tickets_of(cast, PRINTER, service=cast.payments)
    vpns = tickets_of(cast, VPN, service=network)
    tickets_of(cast, INVOICE + OTHER, service=cast.payments)
    mixed = make_cluster(printers[0], vpns[0], make_ticket(cast.rob), title="Both at once")
    assert mixed.service is None
    mixed.members.update(confirmed=True)
    before = member_ids(mixed)
    runs = [
        ClusterRun.objects.create(scope=one, scope_key=f"service:{one.pk}")
        for one in (cast.payments, network)
    ]
    at_once(*(partial(tasks.run_clustering, run.pk) for run in runs))
    for run in runs:
        run.refresh_from_db()
        assert (run.state, run.error) == ("done", "")
    assert member_ids(mixed) == before
    assert together(printers[1:]).service == cast.payments
    assert together(vpns[1:]).service == network


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
    _wait_for(ClusterRun.objects.filter(pk=run_id, stage="saving"), "saving")


def _wait_for(rows: QuerySet[ClusterRun], what: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if rows.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"the worker never came to {what}")
