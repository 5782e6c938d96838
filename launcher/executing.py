"""`exec`: one command with the servers up, and nothing left running that it started."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from launcher import programs
from launcher.config import Config, inherited_environment
from launcher.errors import LaunchError
from launcher.preflight import check_data_dir, check_platform
from launcher.processes import die_with_parent
from launcher.running import run_step
from launcher.servers import Servers, running_servers
from launcher.supervisor import Stopped, stopping_on_signals

NOT_FOUND = 127
SIGNAL_BASE = 128


def execute(config: Config, command: Sequence[str]) -> int:
    """Run the command and answer its exit code."""
    check_platform()
    check_data_dir(config.data_dir)
    try:
        with stopping_on_signals(), running_servers(config) as servers:
            environment = _environment(config, servers)
            if not config.testing:
                _prepare_once(config, servers, command, environment)
            return _run(command, environment)
    except Stopped as stopped:
        return SIGNAL_BASE + stopped.sign


def _environment(config: Config, servers: Servers) -> dict[str, str]:
    """Ours, with the virtual environment's programs first, then those of the embedded server."""
    places = [str(Path(sys.executable).parent)]
    if servers.cluster:
        # So that pg_dump and psql are of the same version as the server.
        places.append(str(servers.cluster.binaries))
    path = os.pathsep.join([*places, os.environ.get("PATH", os.defpath)])
    return {**inherited_environment(), **servers.environment(config), "PATH": path}


def _prepare_once(
    config: Config, servers: Servers, command: Sequence[str], environment: dict[str, str]
) -> None:
    """Migrate a database that was created just now, so that the command finds its tables."""
    mark = servers.unprepared
    wanted = mark is not None and mark.exists() and (config.root / "manage.py").exists()
    if mark is None or not wanted or "migrate" in command or "makemigrations" in command:
        return
    try:
        run_step(config, programs.migrate(), environment)
        mark.unlink(missing_ok=True)
    except LaunchError as error:
        # The command may be the very one that repairs this: say it and go on.
        print(error, file=sys.stderr, flush=True)


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        print(f"{command[0]}: command not found", file=sys.stderr)
        return NOT_FOUND
    # In our process group and on our terminal, so that an interactive command works as usual.
    child = subprocess.Popen(
        [program, *command[1:]],
        env=environment,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    try:
        code = child.wait()
    except Stopped as stopped:
        # Ctrl-C reached the command through the terminal already; other signals only us.
        if stopped.sign != signal.SIGINT:
            child.send_signal(stopped.sign)
        _wait_or_kill(child)
        raise
    return code if code >= 0 else SIGNAL_BASE - code


def _wait_or_kill(child: subprocess.Popen[bytes]) -> None:
    """Give the command time to end in its own way."""
    try:
        child.wait(timeout=20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
