"""The key that signs sessions, made once per data directory."""

import contextlib
import os
import secrets
from pathlib import Path

from launcher.errors import LaunchError

NAME = "secret_key"


def secret_key(data_dir: Path) -> str:
    """The stored key, made on first use and readable by its owner only."""
    path = data_dir / NAME
    if not path.exists():
        fresh = data_dir / f"{NAME}.{os.getpid()}"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_urlsafe(64))
        # A link fails where a file exists: of several starts at once, the first one's key stays.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    key = path.read_text().strip()
    if not key:
        raise LaunchError(f"{path} is empty; remove it to have a new key made.")
    return key
