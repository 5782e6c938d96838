"""The embedded PostgreSQL: made, started, adopted and stopped; reachable by Unix socket only."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from launcher.binaries import find_postgres, postgres_version
from launcher.errors import LaunchError
from launcher.identity import SHARED_PLACE, ServerUser, reachable_binaries, server_user
from launcher.processes import has_gone, last_lines, look_up, open_log, wait_until
from launcher.sockets import socket_directory

SOCKET_NAME = ".s.PGSQL.5432"
START_SECONDS = 60.0
# The same locale as in production, so that sorting agrees on every machine.
INITDB_FLAGS = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
SETTINGS = {
    # Authentication is "trust": the only door is a socket in a directory of mode 0700.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    # Compiling costs more than it saves on the short statements of web pages.
    "jit": "off",
}
# A test cluster may be lost with the machine; nothing in it is worth a disk flush.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "128MB",
}


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL cluster on disk and the server over it."""

    binaries: Path
    home: Path
    sockets: Path
    user: ServerUser
    log: Path
    durable: bool

    @property
    def data(self) -> Path:
        """PostgreSQL's own directory."""
        return self.home / "data"

    def url(self, database: str) -> str:
        """The database's address for dj-database-url and libpq."""
        return f"postgresql://postgres@{quote(str(self.sockets), safe='')}/{database}"

    def server_pid(self) -> int | None:
        """The living server over this very cluster; None when there is none."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        if has_gone(pid):
            return None
        facts = look_up(pid)
        # After a crash the number may belong to somebody else.
        if facts is None or not facts.name.startswith("postgres"):
            return None
        if facts.directory is not None and facts.directory != self.data.resolve():
            return None
        return pid

    def ready(self) -> bool:
        """Whether the server says in its own lock file that it accepts connections."""
        with contextlib.suppress(OSError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return bool(lines) and lines[-1].strip() == "ready"
        return False

    def start(self) -> bool:
        """Have a server running and ready; True when this call started it, False when adopted."""
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._require_same_version()
        adopted = self.server_pid() is not None
        process = None if adopted else self._spawn()
        came_up = wait_until(
            lambda: self.ready() or (process is not None and process.poll() is not None),
            seconds=START_SECONDS,
        )
        if not came_up or self.server_pid() is None or not self.ready():
            raise LaunchError(
                f"PostgreSQL did not start; its log {self.log} ends with:\n{last_lines(self.log)}"
            )
        return not adopted

    def stop(self) -> None:
        """Stop the server in good order; it is killed only when it does not obey."""
        pid = self.server_pid()
        if pid is None:
            return
        for sign, seconds in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            if wait_until(lambda: has_gone(pid), seconds=seconds):
                return
        raise LaunchError(f"PostgreSQL (process {pid}) does not stop; see {self.log}.")

    def ensure_database(self, name: str) -> bool:
        """Create the database unless it exists; True when it was created."""
        if self.query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608  (our own constant)
            return False
        self.query(f'CREATE DATABASE "{name}"')
        return True

    def query(self, statement: str, database: str = "postgres") -> str:
        """The bare answer of one SQL statement."""
        answer = subprocess.run(
            [
                *(str(self.binaries / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement),
                *("-h", str(self.sockets), "-U", "postgres", "-d", database),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if answer.returncode:
            raise LaunchError(f"PostgreSQL refused a statement: {answer.stderr.strip()}")
        return answer.stdout.strip()

    def _settings(self) -> list[str]:
        chosen = {**SETTINGS, "unix_socket_directories": str(self.sockets)}
        if not self.durable:
            chosen |= THROWAWAY_SETTINGS
        return [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]

    def _spawn(self) -> subprocess.Popen[bytes]:
        handle = open_log(self.log)
        # A stale lock file may name our parent's number; PostgreSQL ignores it when told whose.
        environment = {**_plain_environment(), "PG_GRANDPARENT_PID": str(os.getppid())}
        try:
            # No death signal: others may use the server too, so the last user stops it instead.
            return subprocess.Popen(
                [self.binaries / "postgres", "-D", self.data, *self._settings()],
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                cwd=self.home,
                env=environment,
                start_new_session=True,
                **self.user.credentials(),
            )
        finally:
            os.close(handle)

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there: half a cluster is never seen."""
        staging = self.home / "data.new"
        shutil.rmtree(staging, ignore_errors=True)
        flags = [*INITDB_FLAGS] if self.durable else [*INITDB_FLAGS, "--no-sync"]
        made = subprocess.run(
            [self.binaries / "initdb", "-D", staging, *flags],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home,
            env=_plain_environment(),
            timeout=300,
            **self.user.credentials(),
        )
        if made.returncode:
            raise LaunchError(f"PostgreSQL could not make its cluster: {made.stderr.strip()}")
        staging.rename(self.data)

    def _require_same_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = postgres_version(self.binaries)
        if made_by != str(ours):
            raise LaunchError(
                f"The database in {self.data} was made by PostgreSQL {made_by}, but the programs "
                f"in {self.binaries} are version {ours}: set PG_BIN to version {made_by}."
            )


def _plain_environment() -> dict[str, str]:
    """Ours without libpq's settings and without a locale that this machine may not have."""
    dropped = ("PG", "LC_", "LANG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "LC_ALL": "C"}


def open_cluster(data_dir: Path, log: Path, *, name: str, durable: bool) -> Cluster:
    """The cluster kept under this name in a data directory; nothing is started."""
    home, user = _home(data_dir, name)
    return Cluster(
        binaries=reachable_binaries(find_postgres(), user),
        home=home,
        sockets=socket_directory(home / "run", SOCKET_NAME, user),
        user=user,
        log=log,
        durable=durable,
    )


def _home(data_dir: Path, name: str) -> tuple[Path, ServerUser]:
    """Where the cluster lives and who owns it: an existing cluster wins over a fresh decision."""
    pointer = data_dir / f"{name}.elsewhere"
    home = Path(pointer.read_text().strip()) if pointer.exists() else data_dir / name
    if (home / "data" / "PG_VERSION").exists():
        return home, server_user(home.stat().st_uid)
    user = server_user(None)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    user.owns(home)
    if not user.can_enter(home):
        # Started by root in a directory closed to the lesser user: keep the cluster in the open.
        home = Path(tempfile.mkdtemp(prefix=f"upstream-{name}-", dir=SHARED_PLACE))
        user.owns(home)
        pointer.write_text(f"{home}\n")
    return home, user
