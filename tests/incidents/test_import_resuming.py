"""An import that stops goes on from where it was, exactly."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from incidents.imports.loading import LostClaim
from incidents.imports.mapping import MappingRules
from incidents.imports.running import Busy, claim, fail, sole_importer, take_through
from incidents.imports.survey import look
from incidents.models import ImportReject, ImportRun, StatusInterval, Ticket, TicketSearch
from tests.databases import database_url
from tests.incidents.import_files import csv_text, opener_of, simple_rows, write

Start = Callable[..., "subprocess.Popen[str]"]


def queued(content: bytes, **more: object) -> ImportRun:
    """A run of this file that waits."""
    found = look(opener_of(content), MappingRules(columns={}), whole=True)
    return ImportRun.objects.create(
        source="desk",
        file_name="rows.csv",
        sha256="0" * 64,
        mapping=found.rules.as_stored(),
        create_missing=True,
        total=found.total,
        **{"state": ImportRun.State.QUEUED, **more},
    )


@pytest.fixture
def start_import() -> Start:
    """Starts the command in a process of its own, on this test's database."""

    def start(path: Path) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [
                sys.executable,
                "manage.py",
                "import_tickets",
                str(path),
                "--source",
                "desk",
                "--create-missing",
            ],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
                "SECRET_KEY": "only-for-this-test-" + "x" * 40,
                "DATABASE_URL": database_url(),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def wait_until(ready: Callable[[], bool], seconds: float = 60) -> None:
    """Looks again and again until it is so."""
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.02)


def kill_half_way(process: "subprocess.Popen[str]", least: int) -> int:
    """Kills the import once `least` tickets are there; returns how many there are then."""
    wait_until(lambda: Ticket.objects.count() >= least or process.poll() is not None)
    assert process.poll() is None, process.communicate()[1]
    process.send_signal(signal.SIGKILL)
    process.wait()
    return Ticket.objects.count()


def assert_whole(count: int) -> None:
    """Every ticket once, each with its words and one running interval."""
    assert Ticket.objects.count() == count
    assert Ticket.objects.values("source_number").distinct().count() == count
    assert TicketSearch.objects.count() == count
    assert StatusInterval.objects.filter(ended_at__isnull=True).count() == count


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_half_way_and_run_again_gives_exactly_the_rest(
    tmp_path: Path, start_import: Start
) -> None:
    rows = simple_rows(2500)
    rows[100]["opened_at"] = "never"
    path = write(tmp_path / "tickets.csv", rows)
    there = kill_half_way(start_import(path), least=500)
    assert 500 <= there < 2499
    killed = ImportRun.objects.get()
    assert (killed.state, killed.created + killed.rejected) == ("running", killed.done)
    said, errors = start_import(path).communicate(timeout=120)
    assert f"Going on after {killed.done:,} rows already done." in said, errors
    assert_whole(2499)
    run = ImportRun.objects.get()
    assert (run.state, run.done, run.created, run.unchanged, run.rejected) == (
        "done",
        2500,
        2499,
        0,
        1,
    )
    assert ImportReject.objects.get().line == 102


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_half_way_on_real_tickets(shared_data: Path, start_import: Start) -> None:
    path = shared_data / "tickets" / "it_tickets.csv"
    assert kill_half_way(start_import(path), least=1500) < 5950
    start_import(path).communicate(timeout=120)
    assert_whole(5950)


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_source_do_not_run_at_once() -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('incidents.import'), hashtext('desk'))")
        with pytest.raises(Busy), sole_importer("desk"):
            pass
        with sole_importer("other desk"):
            pass
    other.close()
    with sole_importer("desk", wait=timedelta(seconds=5)):
        pass


@pytest.mark.django_db
def test_a_run_in_shares_is_the_same_as_one_in_one_go() -> None:
    content = csv_text(simple_rows(1200)).encode()
    run = queued(content)
    shares = 0
    finished = False
    while not finished:
        with sole_importer(run.source):
            run = claim(run)
            finished, _ = take_through(run, opener_of(content), until=timezone.now())
        shares += 1
    assert shares == 4
    assert_whole(1200)
    assert (run.state, run.done, run.created) == ("done", 1200, 1200)


@pytest.mark.django_db
def test_whoever_lost_the_run_writes_nothing_more() -> None:
    content = csv_text(simple_rows(600)).encode()
    mine = claim(queued(content))
    claim(mine)
    with pytest.raises(LostClaim):
        take_through(mine, opener_of(content))
    assert Ticket.objects.count() == 0


@pytest.mark.django_db
def test_a_stopped_run_takes_no_further_batch() -> None:
    content = csv_text(simple_rows(1200)).encode()
    run = claim(queued(content))

    def stop(progress: ImportRun) -> None:
        ImportRun.objects.filter(pk=run.pk, done=500).update(state="cancelled")

    with pytest.raises(LostClaim):
        take_through(run, opener_of(content), on_progress=stop)
    assert Ticket.objects.count() == 500
    assert ImportRun.objects.get().state == "cancelled"
    with pytest.raises(LostClaim):
        claim(run)


@pytest.mark.django_db
def test_a_file_damaged_on_its_way_fails_with_a_sentence_and_can_go_on() -> None:
    content = csv_text(simple_rows(600)).encode()
    run = claim(queued(content))
    take_through(run, opener_of(b"\x1f\x8b" + content))
    assert (run.state, run.error) == (
        "failed",
        "The file is damaged: it cannot be unpacked to its end.",
    )
    run = claim(run)
    take_through(run, opener_of(content))
    assert (run.state, run.error, run.created) == ("done", "", 600)


@pytest.mark.django_db
def test_the_pace_leaves_out_the_time_nobody_worked() -> None:
    run = claim(queued(csv_text(simple_rows(10)).encode()))
    began = timezone.now() - timedelta(hours=3)
    ImportRun.objects.update(done=5, started_at=began, heartbeat_at=began + timedelta(seconds=40))
    fail(run, "Power cut.")
    ImportRun.objects.update(heartbeat_at=began + timedelta(seconds=40))
    again = claim(run)
    assert timezone.now() - again.started_at < timedelta(seconds=60)
    assert (again.error, again.finished_at) == ("", None)
