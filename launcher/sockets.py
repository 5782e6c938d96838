"""Directories for Unix sockets: private to one user and short enough for the kernel."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from launcher.errors import LaunchError
from launcher.identity import ServerUser

# sun_path holds 104 bytes on macOS and 108 on Linux, one of them the closing zero.
LONGEST_SOCKET_PATH = 103


def socket_directory(wished: Path, socket_name: str, user: ServerUser) -> Path:
    """The wished directory, or a short one of our own when the socket's path would be too long."""
    directory = wished
    if len(os.fsencode(wished / socket_name)) > LONGEST_SOCKET_PATH:
        digest = hashlib.sha256(os.fsencode(wished)).hexdigest()[:12]
        directory = Path(tempfile.gettempdir()) / f"upstream-{os.geteuid()}-{digest}"
    try:
        directory.mkdir(mode=0o700, parents=directory == wished)
        user.owns(directory)
    except FileExistsError:
        _require_private(directory, user)
    return directory


def _require_private(directory: Path, user: ServerUser) -> None:
    """Refuse a directory in which somebody else could listen in our place."""
    facts = directory.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != user.uid:
        raise LaunchError(f"{directory} does not belong to user {user.name}; remove it first.")
    if facts.st_mode & 0o077:
        directory.chmod(0o700)
