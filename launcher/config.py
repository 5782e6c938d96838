"""What to start and where, read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LaunchError

ROOT = Path(__file__).resolve().parent.parent
FALSE_WORDS = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True)
class Config:
    """One place on disk, one address, and the servers given from outside, if any."""

    root: Path
    data_dir: Path
    host: str
    port: int
    database_url: str | None
    redis_url: str | None
    seed: bool
    testing: bool = False

    @property
    def logs(self) -> Path:
        """Where each process writes its own log file."""
        return self.data_dir / "logs"

    @property
    def address(self) -> str:
        """What to type into a browser on this machine."""
        host = "localhost" if self.host in {"127.0.0.1", "0.0.0.0", "::"} else self.host  # noqa: S104  (compared, not bound)
        return f"http://{host}:{self.port}/"


def read_config(environ: Mapping[str, str] = os.environ, *, testing: bool = False) -> Config:
    """The configuration of this start; a bad value is one sentence."""
    data_dir = Path(environ.get("DATA_DIR") or ROOT / ".local").expanduser().absolute()
    return Config(
        root=ROOT,
        data_dir=data_dir,
        host=environ.get("HOST") or "127.0.0.1",
        port=read_port(environ.get("PORT") or "8000"),
        database_url=environ.get("DATABASE_URL") or None,
        redis_url=environ.get("REDIS_URL") or None,
        seed=environ.get("SEED", "1").strip().lower() not in FALSE_WORDS,
        testing=testing,
    )


def read_port(raw: str) -> int:
    """A TCP port an ordinary user may ask for."""
    if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw) <= 65535:
        raise LaunchError(f"PORT must be a number from 1 to 65535, not {raw!r}.")
    return int(raw)


def inherited_environment() -> dict[str, str]:
    """What the processes of the product take over from whoever starts them.

    Everything but the wish that Python shall not keep what it compiles (common in containers):
    the product is many processes that start again and again, and each would take a second longer.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
