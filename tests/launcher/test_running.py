"""`run`: one line when ready, one server of each kind, nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.launcher.conftest import READY, Project


def test_the_first_start_migrates_seeds_and_says_where_and_who(project: Project) -> None:
    process = project.launch("run")
    line = project.wait_for(process, READY)
    assert f"http://localhost:{project.port}/" in line
    assert "agent: ann@house.example" in line
    assert project.page() == "hello"
    assert project.marks() == ["migrate", "seed_demo", "demo_logins"]


def test_the_second_start_keeps_the_data_and_is_quick(project: Project) -> None:
    process = project.run()
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)
    started = time.monotonic()
    project.run()
    assert time.monotonic() - started < 10
    assert project.query("SELECT count(*) FROM accounts_person") == "1"
    assert project.marks().count("seed_demo") == 1


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_good_order(project: Project, sign: signal.Signals) -> None:
    process = project.run()
    assert len(project.processes()) > 8
    process.send_signal(sign)
    assert process.wait(timeout=30) == 0
    assert project.everything_ends(seconds=3) == {}
    log = (project.data_dir / "logs" / "postgres.log").read_text()
    assert "database system is shut down" in log


def test_nohup_lets_it_outlive_the_terminal(project: Project) -> None:
    process = subprocess.Popen(
        ["nohup", sys.executable, "-m", "launcher", "run"],
        cwd=project.root,
        env=project.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    project.started.append(process)
    project.wait_for(process, READY)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert process.poll() is None
    assert project.page() == "hello"


def test_even_kill_9_leaves_nothing_behind(project: Project) -> None:
    process = project.run()
    process.kill()
    process.wait(timeout=10)
    assert project.everything_ends() == {}
    project.run()
    assert project.query("SELECT count(*) FROM accounts_person") == "1"


def test_servers_orphaned_with_their_keeper_are_adopted(project: Project) -> None:
    process = project.run()
    keeper = next(pid for pid, words in project.processes().items() if words.endswith("keep"))
    os.kill(keeper, signal.SIGKILL)
    process.kill()
    process.wait(timeout=10)
    orphans = {pid for pid, words in project.processes().items() if "/postgres -D" in words}
    project.port_is_free()
    second = project.run()
    assert {pid for pid, words in project.processes().items() if "/postgres -D" in words} == orphans
    second.send_signal(signal.SIGTERM)
    second.wait(timeout=30)
    assert project.everything_ends(seconds=3) == {}


def test_a_parent_that_is_killed_takes_everything_along(project: Project) -> None:
    parent = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import subprocess, sys; "
            "subprocess.run([sys.executable, '-m', 'launcher', 'run', '--follow-parent'])",
        ],
        cwd=project.root,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    project.started.append(parent)
    project.wait_for(parent, READY)
    parent.kill()
    assert project.everything_ends() == {}


def test_a_dead_child_is_started_again(project: Project) -> None:
    process = project.run()
    before = _web_servers(project)
    os.kill(min(before), signal.SIGKILL)
    line = project.wait_for(process, "starting it again")
    assert line.startswith("web ended with signal SIGKILL")
    # A worker of the killed master still answers, or resets, until it has ended.
    _wait_until(lambda: not before & _web_servers(project))
    _wait_until(lambda: _page_if_served(project) is not None)
    assert project.page() == "hello"


def _web_servers(project: Project) -> set[int]:
    return {pid for pid, words in project.processes().items() if "gunicorn" in words}


def _wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert holds()


def _page_if_served(project: Project) -> str | None:
    """What the web server answers; None while nobody listens yet."""
    try:
        return project.page()
    except OSError:
        return None


def test_a_dead_database_is_started_again(project: Project) -> None:
    process = project.run()
    postmaster = next(pid for pid, words in project.processes().items() if "/postgres -D" in words)
    os.kill(postmaster, signal.SIGQUIT)
    project.wait_for(process, "A server has ended")
    assert project.query("SELECT count(*) FROM accounts_person") == "1"


def test_of_four_starts_at_once_one_runs_and_three_say_so(project: Project) -> None:
    several = [project.launch("run") for _ in range(4)]
    deadline = time.monotonic() + 60
    while sum(p.poll() is None for p in several) > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    losers = [process for process in several if process.poll() is not None]
    assert len(losers) == 3
    for loser in losers:
        assert loser.returncode == 1
        assert "already runs on" in loser.communicate()[1]
    winner = next(process for process in several if process.poll() is None)
    project.wait_for(winner, READY)
    assert sum("/postgres -D" in words for words in project.processes().values()) == 1


def test_a_port_in_use_is_one_sentence(project: Project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", project.port))
        taken.listen()
        code, _, errors = project.call("run")
    assert code == 1
    assert errors == (
        f"Port {project.port} is in use by another program; choose another one with PORT=.\n"
    )
    assert project.everything_ends(seconds=1) == {}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT must be a number from 1 to 65535, not 'eighty'."),
        ({"DATA_DIR": "/dev/null/data"}, "DATA_DIR /dev/null/data cannot be used"),
        ({"MIN_FREE_BYTES": str(10**18)}, "is full"),
        ({"PG_BIN": "/nowhere"}, "PG_BIN names /nowhere"),
    ],
)
def test_what_a_person_can_mend_is_one_sentence(
    project: Project, variables: dict[str, str], sentence: str
) -> None:
    code, _, errors = project.call("run", **variables)
    assert code == 1
    assert sentence in errors
    assert "Traceback" not in errors
    assert errors.count("\n") == 1


def test_a_failing_migration_stops_the_start_and_shows_why(project: Project) -> None:
    (project.root / "manage.py").write_text("raise SystemExit('no such column')")
    code, output, errors = project.call("run")
    assert code == 1
    assert READY not in output
    assert errors.startswith("migrate failed")
    assert "no such column" in errors
    assert project.everything_ends(seconds=3) == {}


def test_given_servers_are_used_and_nothing_embedded_is_started(project: Project) -> None:
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    # The stand-in's tables must not get in the way of anybody: a schema of its own.
    separator = "&" if "?" in given["DATABASE_URL"] else "?"
    given["DATABASE_URL"] += f"{separator}options=-csearch_path%3Dpg_temp"
    process = project.launch("run", **given)
    project.wait_for(process, READY)
    assert project.page() == "hello"
    words = project.processes().values()
    assert not any("postgres" in w or "valkey" in w or "keep" in w.split() for w in words)
    assert not list(project.data_dir.glob("*postgres*")) + list(project.data_dir.glob("*valkey*"))
