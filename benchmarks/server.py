"""The product served as in `make run`, and a client that measures it."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import Person

READY_WITHIN = 30.0
CSRF = "c" * 32


@dataclass(frozen=True)
class Answer:
    """One answer: its time from the first byte sent to the last byte read."""

    status: int
    seconds: float
    queries: int
    size: int
    location: str


@contextmanager
def serve(port: int) -> Iterator[None]:
    """gunicorn with two workers of eight threads on this machine, gone afterwards."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    command = [
        sys.executable, "-m", "gunicorn", "helpdesk.wsgi:application", "--worker-class", "gthread",
        "--workers", "2", "--threads", "8", "--bind", f"127.0.0.1:{port}", "--log-level", "warning",
        "--keep-alive", "75",
    ]  # fmt: skip
    server = subprocess.Popen(command, env=environment)  # noqa: S603 (fixed words)
    try:
        _wait_until_ready(port)
        yield
    finally:
        server.terminate()
        server.wait(15)


def _wait_until_ready(port: int) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz/")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"The server did not answer on port {port} within {READY_WITHIN:.0f} s.")


class Browser:
    """One signed-in person on one kept-open connection."""

    def __init__(self, port: int, person: Person) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        self.headers = {"Cookie": f"sessionid={session.session_key}; csrftoken={CSRF}; scripts=on"}

    def get(self, path: str, *, fragment: bool = False) -> Answer:
        """Reads a page; a fragment as htmx asks for one."""
        headers = {**self.headers, "HX-Request": "true"} if fragment else self.headers
        return self._measure("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, object]) -> Answer:
        """Sends a form."""
        body = urlencode({**fields, "csrfmiddlewaretoken": CSRF})
        headers = {
            **self.headers,
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": "http://127.0.0.1/",
        }
        return self._measure("POST", path, body, headers)

    def _measure(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - began
        return Answer(
            response.status,
            seconds,
            int(response.headers.get("X-Queries", 0)),
            len(content),
            response.headers.get("Location", ""),
        )
