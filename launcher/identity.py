"""Which user runs PostgreSQL: it refuses to run as root, so root hands it to a lesser user."""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from launcher.errors import LaunchError

LESSER_USERS = ("postgres", "nobody")
SHARED_PLACE = Path("/var/tmp")  # noqa: S108  (entries are checked to be root's before use)


class Credentials(TypedDict, total=False):
    """Arguments of subprocess that change the user of a child; empty to keep ours."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class ServerUser:
    """The system user who owns the cluster and runs the server."""

    name: str
    uid: int
    gid: int
    lesser: bool

    def credentials(self) -> Credentials:
        """How to start a child as this user."""
        if not self.lesser:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, path: Path) -> None:
        """Make the user the owner of a directory; needed only when it is not ourselves."""
        if self.lesser:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, path: Path) -> bool:
        """Whether the user can reach the directory through all its parents."""
        if not self.lesser:
            return True
        tried = subprocess.run(
            ["/bin/sh", "-c", 'cd -- "$0"', str(path)],
            check=False,
            capture_output=True,
            cwd="/",
            **self.credentials(),
        )
        return tried.returncode == 0


def current_user() -> ServerUser:
    """Whoever started this process, with or without an entry in the password file."""
    return ServerUser(f"number {os.geteuid()}", os.geteuid(), os.getegid(), lesser=False)


def server_user(cluster_owner: int | None) -> ServerUser:
    """The user for the server; an existing cluster's owner wins over a fresh decision."""
    if os.geteuid() != 0:
        return _ourselves()
    if cluster_owner:
        entry = _entry(cluster_owner)
        return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, lesser=True)
    for name in LESSER_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, lesser=True)
    raise LaunchError(
        "PostgreSQL does not run as root and this machine has neither a user postgres nor "
        "nobody: start Upstream as an ordinary user."
    )


def _ourselves() -> ServerUser:
    entry = _entry(os.geteuid())
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, lesser=False)


def _entry(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError as error:
        raise LaunchError(
            f"User id {uid} has no entry in the password file, and PostgreSQL refuses to start "
            "without one: add the entry or start Upstream as a named user."
        ) from error


def reachable_binaries(directory: Path, user: ServerUser) -> Path:
    """The programs themselves, or a copy where the lesser user can run them."""
    if user.can_enter(directory):
        return directory
    package = directory.parent.parent
    stamp = int((directory / "postgres").stat().st_mtime)
    copy = SHARED_PLACE / f"upstream-postgres-{stamp}"
    if not copy.exists():
        _copy_package(package, copy)
    # Anyone may create entries here: programs planted by somebody else must not be run.
    if copy.is_symlink() or copy.lstat().st_uid != os.geteuid():
        raise LaunchError(f"{copy} does not belong to this user; remove it and start again.")
    return copy / directory.relative_to(package.parent)


def _copy_package(package: Path, copy: Path) -> None:
    staging = Path(tempfile.mkdtemp(prefix=f"{copy.name}-", dir=copy.parent))
    staging.chmod(0o755)
    # Wheels keep shared libraries beside the package; the programs find them by that position.
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, staging / source.name, symlinks=True)
            (staging / source.name).chmod(0o755)
    try:
        staging.rename(copy)
    except OSError:
        # Another start was faster; its copy is the same.
        shutil.rmtree(staging)
