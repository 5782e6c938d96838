"""`install`: makes the virtual environment and fetches the browser assets, once per lock file.

Runs on the system's Python before anything is installed. Every download is checked against the
hashes of a lock file; every step has a time limit and a log of its own.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher.config import Config
from launcher.errors import LaunchError
from launcher.locks import FileLock
from launcher.preflight import check_data_dir, check_platform
from launcher.processes import last_lines, start_child, stop_children

UV_LOCK = "requirements-uv.txt"
NODE_LOCK = "requirements-node.txt"
RUN_LOCK = "requirements.txt"
DEV_LOCK = "requirements-dev.txt"
OLDEST_NPM = 8
STEP_SECONDS = 900.0
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
NPM_LIMITS = ("--fetch-timeout=60000", "--fetch-retries=3")


@dataclass(frozen=True)
class Place:
    """The checkout being installed into, and where the logs of its steps go."""

    root: Path
    logs: Path

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The virtual environment's interpreter."""
        return self.venv / "bin" / "python"

    def environment(self) -> dict[str, str]:
        """Ours, with the virtual environment in front and patience limited."""
        own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        path = os.pathsep.join([str(self.python.parent), own.get("PATH", os.defpath)])
        limits = {"UV_HTTP_TIMEOUT": "60", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        return {**limits, **own, "PATH": path, "VIRTUAL_ENV": str(self.venv)}


def install(config: Config, *, development: bool) -> None:
    """Have the packages and assets of the lock files in place; does nothing when they are."""
    check_platform()
    check_data_dir(config.data_dir)
    place = Place(config.root, config.logs)
    # Several starts at once in one checkout install once: the lock file itself is the lock.
    with FileLock(config.root / RUN_LOCK):
        _ensure_venv(place)
        _ensure_packages(place, development=development)
        _ensure_assets(place)


def run_step(
    place: Place, name: str, command: Sequence[str | Path], *, cwd: Path | None = None
) -> None:
    """Run one step with its own log and time limit; its failure is a sentence."""
    started = time.monotonic()
    log = place.logs / f"install-{name}.log"
    print(f"Installing {name} …", end=" ", flush=True)
    child = start_child(
        [str(word) for word in command],
        log=log,
        env=place.environment(),
        cwd=cwd or place.root,
    )
    try:
        code = child.wait(timeout=STEP_SECONDS)
    except subprocess.TimeoutExpired as error:
        print("stopped", flush=True)
        raise LaunchError(
            f"Installing {name} took longer than {STEP_SECONDS / 60:.0f} minutes and was stopped; "
            f"its log is {log}."
        ) from error
    finally:
        stop_children([child], patience=2)
    if code:
        print("failed", flush=True)
        raise LaunchError(f"Installing {name} failed; {log} ends with:\n{last_lines(log)}")
    print(f"{time.monotonic() - started:.0f} s", flush=True)


def _ensure_venv(place: Place) -> None:
    """A working virtual environment; one that no longer runs is made anew."""
    if _runs(place.python):
        return
    shutil.rmtree(place.venv, ignore_errors=True)
    try:
        run_step(place, "virtual-environment", [sys.executable, "-m", "venv", place.venv])
    except LaunchError:
        # Debian ships Python without the part of venv that brings pip.
        shutil.rmtree(place.venv, ignore_errors=True)
        uv = shutil.which("uv")
        if uv is None:
            raise LaunchError(
                "Python's venv module does not work here; on Debian and Ubuntu install the "
                "package python3-venv, or put uv on the PATH."
            ) from None
        run_step(place, "virtual-environment", [uv, "venv", "--python", sys.executable, place.venv])


def _runs(python: Path) -> bool:
    """Whether the interpreter starts and is new enough, as after an upgrade of the system."""
    try:
        code = "import sys; sys.exit(sys.version_info < (3, 11))"
        return subprocess.run([python, "-c", code], check=False, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _ensure_packages(place: Place, *, development: bool) -> None:
    """The Python packages of the lock; the development lock holds those of the other as well."""
    if _stamped(place, DEV_LOCK) or (not development and _stamped(place, RUN_LOCK)):
        return
    lock = DEV_LOCK if development else RUN_LOCK
    run_step(place, "python-packages", [*_installer(place), "--require-hashes", "-r", lock])
    _stamp(place, lock)


def _installer(place: Place) -> list[str]:
    """The start of an install command; without uv pip does the same, ten times slower."""
    uv = _uv(place)
    return [uv, "pip", "install"] if uv else [str(place.python), "-m", "pip", "install"]


def _uv(place: Place) -> str | None:
    """The fast installer, installed with pip when missing; None where there is none."""
    own = place.python.parent / "uv"
    if not own.exists() and _has_pip(place):
        pip = [str(place.python), "-m", "pip", "install", "--quiet", "--require-hashes"]
        try:
            run_step(place, "uv", [*pip, "-r", UV_LOCK])
        except LaunchError as error:
            print(error, file=sys.stderr)
    return str(own) if own.exists() else shutil.which("uv")


def _has_pip(place: Place) -> bool:
    return any(place.venv.glob("lib/python*/site-packages/pip"))


def _ensure_assets(place: Place) -> None:
    """The browser assets of package-lock.json in node_modules."""
    stamp = place.root / "node_modules" / ".upstream-lock"
    wanted = _digest(place.root / "package-lock.json")
    if stamp.exists() and stamp.read_text() == wanted:
        return
    run_step(place, "browser-assets", [npm(place), *NPM_CI, *NPM_LIMITS])
    stamp.write_text(wanted)


def npm(place: Place) -> str:
    """A usable npm: the machine's, or one from a Python wheel in the virtual environment."""
    path = place.environment()["PATH"]
    found = shutil.which("npm", path=path)
    if found and _npm_version(found) >= OLDEST_NPM:
        return found
    run_step(place, "node", [*_installer(place), "--require-hashes", "-r", NODE_LOCK])
    found = shutil.which("npm", path=path)
    if not found:
        raise LaunchError("No npm could be installed; install Node.js 18 or newer.")
    return found


def _npm_version(program: str) -> int:
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False, timeout=30
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    major = answer.strip().partition(".")[0]
    return int(major) if major.isdigit() else 0


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _stamped(place: Place, lock: str) -> bool:
    stamp = place.venv / f".installed-{lock}"
    return stamp.exists() and stamp.read_text() == _digest(place.root / lock)


def _stamp(place: Place, lock: str) -> None:
    (place.venv / f".installed-{lock}").write_text(_digest(place.root / lock))
