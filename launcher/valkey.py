"""The embedded Valkey: broker and cache on a Unix socket, with every write kept in a file."""

import contextlib
import os
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from launcher.binaries import find_valkey
from launcher.errors import LaunchError
from launcher.identity import current_user
from launcher.processes import has_gone, last_lines, open_log, wait_until
from launcher.sockets import socket_directory

SOCKET_NAME = "valkey.sock"
START_SECONDS = 20.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Valkey:
    """One Valkey server and the directory it keeps its file in."""

    program: Path
    home: Path
    socket: Path
    log: Path
    durable: bool

    @property
    def url(self) -> str:
        """The address that helpdesk/env.py turns into broker and cache."""
        return f"unix://{self.socket}"

    def answers(self) -> bool:
        """Whether a server answers PING on the socket."""
        return self._ask("PING").startswith("+PONG")

    def server_pid(self) -> int | None:
        """The process of the answering server; None when nobody answers."""
        for line in self._ask("INFO server").splitlines():
            if line.startswith("process_id:"):
                return int(line.partition(":")[2])
        return None

    def start(self) -> bool:
        """Have a server running; True when this call started it, False when adopted."""
        if self.answers():
            return False
        handle = open_log(self.log)
        try:
            process = subprocess.Popen(
                [self.program, *self._settings()],
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                cwd=self.home,
                start_new_session=True,
            )
        finally:
            os.close(handle)
        wait_until(lambda: self.answers() or process.poll() is not None, seconds=START_SECONDS)
        if not self.answers():
            raise LaunchError(
                f"Valkey did not start; its log {self.log} ends with:\n{last_lines(self.log)}"
            )
        return True

    def stop(self) -> None:
        """Stop the server after it has written its file; killed only when it does not obey."""
        pid = self.server_pid()
        if pid is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            if wait_until(lambda: has_gone(pid), seconds=STOP_SECONDS):
                return

    def _settings(self) -> list[str]:
        keep = "yes" if self.durable else "no"
        return [
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--appendonly", keep, "--save", "", "--dir", str(self.home)),
            *("--daemonize", "no", "--databases", "64"),
        ]

    def _ask(self, command: str) -> str:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as link:
            link.settimeout(2)
            link.connect(str(self.socket))
            link.sendall(f"{command}\r\n".encode())
            return link.recv(65536).decode(errors="replace")
        return ""


def open_valkey(data_dir: Path, log: Path, *, name: str, durable: bool) -> Valkey:
    """The server kept under this name in a data directory; nothing is started."""
    home = data_dir / name
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory = socket_directory(home / "run", SOCKET_NAME, current_user())
    return Valkey(find_valkey(), home, directory / SOCKET_NAME, log, durable)
