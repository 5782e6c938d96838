"""Checks before anything starts, each failing with one sentence."""

import errno
import os
import shutil
import socket
import sys
from pathlib import Path

from launcher.errors import LaunchError

FREE_BYTES_NEEDED = 300 * 1024 * 1024


def check_platform() -> None:
    """Refuse systems without what the embedded servers rely on."""
    if not sys.platform.startswith(("linux", "darwin")):
        raise LaunchError(
            f"Upstream starts on Linux and macOS, not on {sys.platform}; "
            "on Windows use WSL, or the container images."
        )


def check_data_dir(data_dir: Path) -> None:
    """Make the data directory; refuse when it cannot be written or the disk is full."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(data_dir).free
    except OSError as error:
        raise LaunchError(
            f"DATA_DIR {data_dir} cannot be used: {(error.strerror or str(error)).lower()}."
        ) from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise LaunchError(f"DATA_DIR {data_dir} is not writable for this user.")
    needed = int(os.environ.get("MIN_FREE_BYTES", FREE_BYTES_NEEDED))
    if free < needed:
        raise LaunchError(
            f"The disk of {data_dir} is full: {free // 2**20} MB are free and "
            f"{needed // 2**20} MB are needed; make room or set DATA_DIR to another disk."
        )


def check_port(host: str, port: int) -> None:
    """Refuse a port that somebody already listens on or that we may not open."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As gunicorn does: a port is not taken only because an old connection lingers on it.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise LaunchError(_why_not(host, port, error)) from error


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program; choose another one with PORT=."
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the administrator; choose one from 1024 up with PORT=."
    return f"The address {host} port {port} cannot be opened: {error.strerror}."
