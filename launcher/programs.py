"""The processes of a running Upstream and their command lines."""

import sys
from dataclasses import dataclass

from launcher.config import Config


@dataclass(frozen=True)
class Program:
    """One process to keep alive."""

    name: str
    command: tuple[str, ...]


def migrate() -> Program:
    """Bring the database to the schema of this version."""
    return Program("migrate", (sys.executable, "manage.py", "migrate", "--noinput"))


def seed() -> Program:
    """Fill an empty database with the demo organisation."""
    return Program("seed", (sys.executable, "manage.py", "seed_demo"))


def ask_whether_empty() -> tuple[str, ...]:
    """Ask through Django, for a database from outside, whether nobody has an account (True)."""
    question = "from accounts.models import Person; print(not Person.objects.exists())"
    return (sys.executable, "manage.py", "shell", "--no-imports", "-v", "0", "-c", question)


def demo_logins() -> tuple[str, ...]:
    """Ask for the demo logins as one line of text."""
    return (sys.executable, "manage.py", "demo_logins", "--line")


def web(config: Config) -> Program:
    """The web server: two processes with eight threads each."""
    return Program(
        "web",
        (
            *(sys.executable, "-m", "gunicorn", "helpdesk.wsgi:application"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "8"),
            *("--bind", f"{config.host}:{config.port}", "--no-control-socket"),
            # Imported once and then forked: half the time to start, and shared memory.
            "--preload",
            *("--graceful-timeout", "5", "--timeout", "60", "--keep-alive", "5"),
            # Heartbeat files on a disk can stall a worker; on Linux they live in memory.
            *(("--worker-tmp-dir", "/dev/shm") if sys.platform == "linux" else ()),  # noqa: S108
        ),
    )


def worker(name: str, queues: str, *, concurrency: int) -> Program:
    """A Celery worker over some queues."""
    return Program(
        f"worker-{name}",
        (
            *(sys.executable, "-m", "celery", "-A", "helpdesk.celery:app", "worker"),
            *("--queues", queues, "--hostname", f"{name}@%h"),
            *("--concurrency", str(concurrency), "--loglevel", "INFO"),
            # One machine: nobody to gossip with, and no start-up wait for neighbours.
            *("--without-gossip", "--without-mingle"),
        ),
    )


def scheduler(config: Config) -> Program:
    """The Celery scheduler; its only state is when each entry was last sent."""
    return Program(
        "scheduler",
        (
            *(sys.executable, "-m", "celery", "-A", "helpdesk.celery:app", "beat"),
            *("--schedule", str(config.data_dir / "beat-schedule"), "--pidfile="),
            *("--loglevel", "INFO"),
        ),
    )


def background(config: Config) -> list[Program]:
    """Everything that runs beside the web server."""
    return [
        worker("main", "default,mail,connectors", concurrency=2),
        worker("clustering", "clustering", concurrency=1),
        scheduler(config),
    ]
