"""The product as a person starts it, and a browser in front of it.

One product for all tests of this folder, started by the launcher in an empty directory with its
own servers, workers and scheduler. `E2E_URL` and `E2E_DATA_DIR` name one that runs already, for
working on a test.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(settings.BASE_DIR)
READY_WITHIN = 240.0
PASSWORD = "upstream-demo"
DESKTOP = {"width": 1440, "height": 900}


@dataclass(frozen=True)
class Product:
    """A running Upstream with the demo organisation."""

    url: str
    environment: dict[str, str]
    logins: dict[str, str]

    def manage(self, *words: str) -> str:
        """Runs a management command against it; its output, or a failure that shows it."""
        command = [sys.executable, "-m", "launcher", "exec", "--", "python", "manage.py", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _environment(data_dir: str, port: int) -> dict[str, str]:
    """That of a person at a terminal: nothing of the test servers shines through."""
    ours = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "LOG_LEVEL"}
    kept = {key: value for key, value in os.environ.items() if key not in ours}
    kept = {key: value for key, value in kept.items() if not key.startswith(("PYTEST", "COV"))}
    return {**kept, "DATA_DIR": data_dir, "PORT": str(port)}


def _logins(product_environment: dict[str, str]) -> dict[str, str]:
    bare = Product("", product_environment, {})
    lines = bare.manage("demo_logins").splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if "@" in line)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """Started once, stopped at the end."""
    if address := os.environ.get("E2E_URL"):
        environment = _environment(os.environ["E2E_DATA_DIR"], int(address.rsplit(":", 1)[1]))
        yield Product(address, environment, _logins(environment))
        return
    # Short, because a Unix socket's path may not be long.
    folder = tempfile.mkdtemp(prefix="up-walk-")
    port = _free_port()
    environment = _environment(folder, port)
    log = Path(folder) / "run.log"
    with log.open("w") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "launcher", "run"],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(running, log)
        yield Product(f"http://localhost:{port}", environment, _logins(environment))
    finally:
        running.terminate()
        running.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(running: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    while "Upstream is ready" not in log.read_text():
        assert running.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.5)


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(product: Product, chromium: Browser) -> Iterator[SignIn]:
    """`sign_in("agent")`: a window of that person, opened on the page they land on.

    A script error in any page fails the test.
    """
    windows: list[BrowserContext] = []
    errors: list[str] = []

    def open_window(role: str, *, email: str = "", **options: object) -> Page:
        given = {"viewport": DESKTOP, "reduced_motion": "reduce", **options}
        window = chromium.new_context(base_url=product.url, **given)  # type: ignore[arg-type]  # options of a context
        window.set_default_timeout(15_000)
        windows.append(window)
        page = window.new_page()
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.goto("/login/")
        page.locator("#sign-in input[type=email]").fill(email or product.logins[role])
        page.locator("#sign-in input[type=password]").fill(PASSWORD)
        page.locator("#sign-in button[type=submit]").click()
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield open_window
    for number, window in enumerate(windows):
        # What a failing test was looking at; overwritten by the next one.
        last = ROOT / "test-results" / f"window-{number}.png"
        window.pages[0].screenshot(path=last, full_page=True)
        window.close()
    assert errors == []
