"""`packages`: the server packages that the packaging tests run against, where we may install."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from launcher.config import Config
from launcher.errors import LaunchError
from launcher.installing import Place, run_step

VECTOR_PACKAGE = re.compile(r"^postgresql-(\d+)-pgvector$", re.MULTILINE)


def ensure_packages(config: Config) -> None:
    """Install Redis, and PostgreSQL with pgvector where the distribution has it.

    Only root on a Debian-like system can; elsewhere the tests that need them skip and say so.
    """
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    place = Place(config.root, config.logs)
    missing = _missing(place, apt)
    if not missing:
        return
    # Run level 1 keeps the packages from starting servers of their own on this machine.
    command = ["/usr/bin/env", "RUNLEVEL=1", "DEBIAN_FRONTEND=noninteractive", apt, "install"]
    try:
        run_step(place, "test-servers", [*command, "-q", "-y", "--no-install-recommends", *missing])
    except LaunchError as error:
        print(error)


def _missing(place: Place, apt: str) -> list[str]:
    """The packages to install; the lists are fetched only when something may be missing."""
    if shutil.which("redis-server") and (_vector_installed() or not _offered()):
        return []
    if not shutil.which("redis-server") and not _known("redis-server"):
        run_step(place, "apt-lists", [apt, "update", "-q"])
    wanted = [] if shutil.which("redis-server") else ["redis-server"]
    if (version := _offered()) and not _vector_installed():
        wanted += [f"postgresql-{version}", f"postgresql-{version}-pgvector"]
    return wanted


def _known(package: str) -> bool:
    return bool(_apt_cache("pkgnames", package))


def _offered() -> int | None:
    """The newest PostgreSQL for which the distribution has pgvector; None when for none."""
    versions = VECTOR_PACKAGE.findall(_apt_cache("pkgnames", "postgresql-"))
    return max(map(int, versions), default=None)


def _vector_installed() -> bool:
    """Whether a PostgreSQL of the system already has pgvector."""
    return any(Path("/usr/share/postgresql").glob("*/extension/vector.control"))


def _apt_cache(*words: str) -> str:
    return subprocess.run(
        ["apt-cache", *words], capture_output=True, text=True, check=False, timeout=60
    ).stdout
