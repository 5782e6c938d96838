"""A small stand-in for the product, so that these tests are about the launcher alone."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READY = "Upstream is ready"
MANAGE = """
import os, pathlib, sys
marks = pathlib.Path(os.environ["DATA_DIR"]) / "marks"
with marks.open("a") as out:
    out.write(sys.argv[1] + "\\n")
if sys.argv[1] == "demo_logins":
    print("agent: ann@house.example")
if sys.argv[1] == "shell":
    print(False)
if sys.argv[1] == "migrate":
    import psycopg2
    with psycopg2.connect(os.environ["DATABASE_URL"]) as session, session.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS accounts_person (id int)")
if sys.argv[1] == "seed_demo":
    import psycopg2
    with psycopg2.connect(os.environ["DATABASE_URL"]) as session, session.cursor() as cursor:
        cursor.execute("INSERT INTO accounts_person VALUES (1)")
"""
WSGI = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""
CELERY = """
import os
from celery import Celery
path = os.environ["REDIS_URL"].removeprefix("unix://")
app = Celery("stand-in", broker=f"redis+socket://{path}?virtual_host=0")
"""


@dataclass
class Project:
    """A checkout of the stand-in with a data directory and a port of its own."""

    root: Path
    data_dir: Path
    port: int
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        """Without the servers these tests themselves run on."""
        dropped = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SEED", "HOST"}
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return {**kept, "DATA_DIR": str(self.data_dir), "PORT": str(self.port), **more}

    def launch(self, *words: str, **more: str) -> subprocess.Popen[str]:
        """Start the launcher as from a terminal, however the tests themselves were started."""
        before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
        process = subprocess.Popen(
            [sys.executable, "-m", "launcher", *words],
            cwd=self.root,
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        signal.signal(signal.SIGHUP, before)
        self.started.append(process)
        return process

    def call(self, *words: str, **more: str) -> tuple[int, str, str]:
        """Run the launcher to its end: exit code, output, errors."""
        process = self.launch(*words, **more)
        output, errors = process.communicate(timeout=90)
        return process.returncode, output, errors

    def run(self, **more: str) -> subprocess.Popen[str]:
        """Start everything and come back when it is ready."""
        process = self.launch("run", **more)
        self.wait_for(process, READY)
        return process

    def wait_for(self, process: subprocess.Popen[str], text: str) -> str:
        """The first line of output that holds the text."""
        assert process.stdout is not None
        seen: list[str] = []
        for line in process.stdout:
            seen.append(line)
            if text in line:
                return line
        pytest.fail(f"{text!r} never came: {seen} {process.communicate(timeout=30)[1]}")

    def page(self) -> str:
        """What the web server answers."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=10) as answer:
            return str(answer.read().decode())

    def processes(self) -> dict[int, str]:
        """Every living process that belongs to this data directory."""
        found: dict[int, str] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                words, state = _command_and_state(entry)
                if state not in {"Z", "X"} and str(self.data_dir) in words:
                    found[int(entry.name)] = words.partition("\0\0")[0].replace("\0", " ")
        return found

    def everything_ends(self, seconds: float = 15) -> dict[int, str]:
        """What is still alive after a little patience; empty when nothing was left behind."""
        deadline = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left

    def port_is_free(self, seconds: float = 15) -> None:
        """Waits until the web server of a killed launcher, which ends by itself, is gone."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)):
                    return
            time.sleep(0.05)
        pytest.fail(f"port {self.port} is still in use")

    def marks(self) -> list[str]:
        """The management commands that were run, in order."""
        return (self.data_dir / "marks").read_text().split()

    def query(self, statement: str) -> str:
        """The answer of the database to one statement."""
        code, output, errors = self.call(
            "exec", "--", "sh", "-c", f'psql -XAtq "$DATABASE_URL" -c "{statement}"'
        )
        assert code == 0, errors
        return output.strip()


def _command_and_state(entry: Path) -> tuple[str, str]:
    """Command and environment of a process, and its state; blanks when it has just gone."""
    try:
        command = (entry / "cmdline").read_bytes() + b"\0\0" + (entry / "environ").read_bytes()
        state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError):
        return "", "X"
    return command.decode(errors="replace"), state


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def project() -> Iterator[Project]:
    """A fresh stand-in; whatever a failing test leaves running is ended."""
    # Not tmp_path: PostgreSQL runs as a lesser user when root tests, and must get in.
    home = Path(tempfile.mkdtemp(prefix="upstream-launcher-", dir="/tmp"))
    home.chmod(0o755)
    root = home / "checkout"
    (root / "helpdesk").mkdir(parents=True)
    shutil.copytree(ROOT / "launcher", root / "launcher")
    for name, text in {
        "manage.py": MANAGE,
        "helpdesk/__init__.py": "",
        "helpdesk/wsgi.py": WSGI,
        "helpdesk/celery.py": CELERY,
    }.items():
        (root / name).write_text(text)
    made = Project(root, home / "data", free_port())
    yield made
    for process in made.started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    for pid in made.everything_ends(seconds=5):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(home, ignore_errors=True)
