"""Whether a container does its work: `healthcheck.py web | worker NAME | scheduler`.

Uses the standard library only, so that a check costs milliseconds; only the worker's check asks
through the broker, because a worker that lost it looks alive from outside.
"""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

WEB_PATH = "/login/"
# The scheduler writes its file at least this often (Celery syncs it every three minutes).
SCHEDULE_SECONDS = 600


def web() -> bool:
    """Whether the sign-in page is answered; a redirect to HTTPS is an answer too."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    link = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=8)
    try:
        link.request("GET", WEB_PATH, headers={"Host": host, "X-Forwarded-Proto": "https"})
        return link.getresponse().status < http.HTTPStatus.BAD_REQUEST
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def worker(name: str) -> bool:
    """Whether the named worker answers through the broker."""
    command = [sys.executable, "-m", "celery", "-A", "helpdesk.celery:app", "inspect", "ping"]
    command += ["--timeout", "8", "--destination", f"{name}@{socket.gethostname()}"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def scheduler() -> bool:
    """Whether the scheduler has written down lately what it sent."""
    directory = Path(os.environ.get("DATA_DIR", "."))
    # One file or several, depending on which database library this Python was built with.
    times = [path.stat().st_mtime for path in directory.glob("beat-schedule*")]
    return bool(times) and time.time() - max(times) < SCHEDULE_SECONDS


def main(words: Sequence[str]) -> int:
    """0 when healthy, 1 when not, 2 when asked wrongly."""
    match list(words):
        case ["web"]:
            healthy = web()
        case ["worker", name]:
            healthy = worker(name)
        case ["scheduler"]:
            healthy = scheduler()
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
