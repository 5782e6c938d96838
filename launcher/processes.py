"""Facts about processes, and starting and stopping them without leaving any behind."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_KEPT_BYTES = 10_000_000
# Loaded before any fork: a child between fork and exec must not load libraries.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class ProcessFacts:
    """What the system says about a living process."""

    name: str
    zombie: bool
    directory: Path | None


def look_up(pid: int) -> ProcessFacts | None:
    """The process with this id, or None when there is none."""
    if Path("/proc/self/stat").exists():
        return _look_up_in_proc(pid)
    answer = subprocess.run(
        ["/bin/ps", "-o", "stat=,comm=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split(None, 1)
    if not answer:
        return None
    state, command = answer
    return ProcessFacts(Path(command.strip()).name, state.startswith("Z"), None)


def _look_up_in_proc(pid: int) -> ProcessFacts | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name stands in brackets and may itself hold brackets and blanks.
    name, _, rest = stat.partition("(")[2].rpartition(")")
    try:
        directory = Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        directory = None
    return ProcessFacts(name, rest.split()[0] in {"Z", "X"}, directory)


def has_gone(pid: int) -> bool:
    """Whether the process has ended; a dead child of ours is reaped, for it would look alive."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    facts = look_up(pid)
    return facts is None or facts.zombie


def die_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """A function for a new child: the kernel sends it `sign` when its parent is gone.

    Only Linux can do this; elsewhere children outlive a parent killed with -9.
    """
    parent = os.getpid()

    def arrange() -> None:
        # A background shell starts us with SIGINT ignored, which children would inherit.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if _LIBC is None:
            return
        _LIBC.prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def follow_parent(sign: signal.Signals) -> None:
    """Make this very process get `sign` when its parent is gone (Linux only)."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)


def open_log(path: Path) -> int:
    """A file descriptor that appends to a log; a large old log is set aside as one `.1` file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_KEPT_BYTES:
        path.replace(path.with_name(path.name + ".1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def start_child(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process that leads its own group, logs to a file, and dies with us."""
    handle = open_log(log)
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=die_with_parent(death_signal),
        )
    finally:
        os.close(handle)


def signal_group(pid: int, sign: signal.Signals) -> None:
    """Send a signal to a process group; one that has already gone is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, sign)


def stop_children(children: Sequence[subprocess.Popen[bytes]], *, patience: float) -> None:
    """Ask all children to end, wait together, then kill whatever is left of their groups."""
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
    deadline = time.monotonic() + patience
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=max(0.05, deadline - time.monotonic()))
    for child in children:
        signal_group(child.pid, signal.SIGKILL)
        child.wait()


def wait_until(true: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Whether the condition came true within the time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def last_lines(path: Path, count: int = 12) -> str:
    """The end of a log, for a message; empty when there is none."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""
