"""The database and broker of one data directory, shared by everything started on it.

Every user of the servers holds a shared lock; the last one to let go stops them. The kernel frees
the lock of a killed user, and a keeper process waits for exactly that, so that servers end with
their last user however it died.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher.config import Config
from launcher.locks import FileLock
from launcher.postgres import Cluster, open_cluster
from launcher.processes import open_log
from launcher.secret import secret_key
from launcher.valkey import Valkey, open_valkey

DATABASE = "upstream"
UNPREPARED = "unprepared"


@dataclass(frozen=True)
class Servers:
    """What is embedded (None: given from outside) and how to reach both."""

    cluster: Cluster | None
    valkey: Valkey | None
    database_url: str
    redis_url: str

    @property
    def embedded(self) -> bool:
        """Whether any server is ours to start and stop."""
        return self.cluster is not None or self.valkey is not None

    @property
    def unprepared(self) -> Path | None:
        """The mark of a new database in which nobody has run the migrations yet."""
        return self.cluster.home / UNPREPARED if self.cluster else None

    def start(self) -> None:
        """Have the embedded servers running; those that already run are adopted."""
        if self.cluster:
            self.cluster.start()
            if self.cluster.ensure_database(DATABASE) and self.unprepared:
                self.unprepared.touch()
        if self.valkey:
            self.valkey.start()

    def healthy(self) -> bool:
        """Whether every embedded server is alive."""
        return not (
            (self.cluster and self.cluster.server_pid() is None)
            or (self.valkey and not self.valkey.answers())
        )

    def stop(self) -> None:
        """Stop the embedded servers; those from outside are left alone."""
        if self.valkey:
            self.valkey.stop()
        if self.cluster:
            self.cluster.stop()

    def environment(self, config: Config) -> dict[str, str]:
        """The variables that tell Upstream about these servers and this data directory."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "DATA_DIR": str(config.data_dir),
            "PORT": str(config.port),
            "SECRET_KEY": secret_key(config.data_dir),
        }


def open_servers(config: Config) -> Servers:
    """The servers of a data directory; nothing is started yet."""
    prefix = "test-" if config.testing else ""
    durable = not config.testing
    cluster = valkey = None
    if config.database_url is None:
        log = config.logs / f"{prefix}postgres.log"
        cluster = open_cluster(config.data_dir, log, name=f"{prefix}postgres", durable=durable)
    if config.redis_url is None:
        log = config.logs / f"{prefix}valkey.log"
        valkey = open_valkey(config.data_dir, log, name=f"{prefix}valkey", durable=durable)
    return Servers(
        cluster=cluster,
        valkey=valkey,
        database_url=cluster.url(DATABASE) if cluster else str(config.database_url),
        redis_url=valkey.url if valkey else str(config.redis_url),
    )


class Locks:
    """What launchers on one data directory agree by."""

    def __init__(self, config: Config) -> None:
        prefix = "test-" if config.testing else ""
        # Held while servers are started or stopped.
        self.starting = FileLock(config.data_dir / f"{prefix}starting.lock")
        # Shared by all users; only tried, never waited for, and only with `starting` held.
        self.using = FileLock(config.data_dir / f"{prefix}using.lock")
        # Shared by all users too; the keeper waits here without getting in the way of `using`.
        self.presence = FileLock(config.data_dir / f"{prefix}presence.lock")
        # Held by the one keeper.
        self.keeping = FileLock(config.data_dir / f"{prefix}keeping.lock")

    def stop_if_unused(self, servers: Servers) -> bool:
        """Let go; stop the servers when nobody else holds on. Call with `starting` held."""
        self.using.release()
        self.presence.release()
        if not self.using.acquire(wait=False):
            return False
        try:
            servers.stop()
        finally:
            self.using.release()
        return True


@contextmanager
def running_servers(config: Config) -> Iterator[Servers]:
    """The servers, up while the block runs; stopped after it when nobody else needs them."""
    locks = Locks(config)
    with locks.starting:
        servers = open_servers(config)
        locks.using.acquire(shared=True)
        locks.presence.acquire(shared=True)
        try:
            servers.start()
            if servers.embedded:
                _ensure_keeper(config, locks)
        except BaseException:
            locks.stop_if_unused(servers)
            raise
    try:
        yield servers
    finally:
        with locks.starting:
            locks.stop_if_unused(servers)


def _ensure_keeper(config: Config, locks: Locks) -> None:
    """Start the keeper unless one is at work."""
    if not locks.keeping.acquire(wait=False):
        return
    locks.keeping.release()
    log = open_log(config.logs / "keeper.log")
    try:
        subprocess.Popen(
            [sys.executable, "-m", "launcher", "keep", *["--test"] * config.testing],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=config.root,
            env={**os.environ, "DATA_DIR": str(config.data_dir)},
            start_new_session=True,
        )
    finally:
        os.close(log)


def keep(config: Config) -> None:
    """Wait until the last user is gone, then stop what it was killed too hard to stop itself."""
    locks = Locks(config)
    if not locks.keeping.acquire(wait=False):
        return
    servers = open_servers(config)
    stopped = False
    while not stopped:
        locks.presence.acquire()
        locks.presence.release()
        with locks.starting:
            stopped = locks.stop_if_unused(servers)
            if stopped:
                # Before `starting` is free: the next start must see that it needs a new keeper.
                locks.keeping.release()
