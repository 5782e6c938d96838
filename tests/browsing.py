"""A browser in front of the product inside the test: one a file, a window a person."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import Person
from launcher.browsing import find_browser

Window = Callable[..., Page]
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--font-render-hinting=none",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
PHONE = {"width": 390, "height": 844}
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"


def sign_in(context: BrowserContext, person: Person, url: str) -> None:
    """Gives the windows of a context the session of a person."""
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for this file."""
    found = find_browser(Path(settings.BASE_DIR))
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread; fixtures use the database from it all the same.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=None if found is None else str(found), args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Browser, live_server: LiveServer) -> Iterator[Window]:
    """Opens a page signed in as a person; any error of its scripts fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_window(person: Person, **options: object) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        sign_in(context, person, live_server.url)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert errors == []


def serious(
    page: Page, *, within: str = "html", only: Sequence[str] = (), without: Sequence[str] = ()
) -> list[str]:
    """What axe finds serious or critical on the page as it is now, by some rules or all."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    chosen = {"runOnly": {"type": "rule", "values": list(only)}} if only else {}
    left_out = {"rules": {rule: {"enabled": False} for rule in without}}
    found = page.evaluate(
        "([within, options]) => axe.run(within, options).then(r => r.violations)",
        [within, {"resultTypes": ["violations"], **chosen, **left_out}],
    )
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
