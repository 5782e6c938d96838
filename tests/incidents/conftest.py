"""A ticket of the story: Rob of Acme cannot pay, Ann took the call."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import Person
from incidents.actions import open_ticket, reply_to_ticket, share_ticket
from incidents.models import Message, Ticket
from incidents.remembering import forget
from tests.conftest import Cast

Opener = Callable[..., Ticket]
Window = Callable[..., Page]
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    """No test compares with what another one counted."""
    forget()


@pytest.fixture
def opened(cast: Cast) -> Opener:
    """Opens a ticket of Rob's, logged by Ann; fields may say otherwise."""

    def make(**fields: object) -> Ticket:
        given = {
            "actor": cast.ann,
            "requester": cast.rob,
            "title": "Card is declined at checkout",
            "description": "Every card of my bank is declined since this morning.",
            "component": cast.checkout,
            "channel": "phone",
        }
        return open_ticket(**{**given, **fields})

    return make


@pytest.fixture
def ticket(opened: Opener) -> Ticket:
    """One of them."""
    return opened()


@pytest.fixture
def shared(ticket: Ticket, cast: Cast) -> Ticket:
    """The same, shown to the payments developers."""
    share_ticket(ticket, team=cast.payments_team, because="devlink.workitem:1")
    return ticket


@pytest.fixture
def note(ticket: Ticket, cast: Cast) -> Message:
    """An internal note nobody outside may read."""
    return reply_to_ticket(
        ticket, actor=cast.ann, body="Zanzibar is the secret word.", kind=Message.Kind.NOTE
    )


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One browser for this file."""
    # Playwright's loop runs in this thread; the fixtures use the database from it all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    browser = playwright.chromium.launch(
        executable_path=os.environ.get("CHROMIUM_PATH") or None, args=FLAGS
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
        signed_in = Client()
        signed_in.force_login(person)
        cookie = signed_in.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert errors == []
