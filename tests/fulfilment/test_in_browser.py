"""Forms, approvals and the portal in a real browser: conditions, a phone, scripts off."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Person
from fulfilment.models import Approval, RequestItem
from incidents.models import Ticket, TicketAnswers
from tests.conftest import Cast
from tests.make.requests import add_step, make_form, make_item, make_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]
PHONE = {"width": 390, "height": 844}
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
Window = Callable[..., Page]

WHEN = {"field": "model", "comparison": "is", "value": "Large"}
MODEL = {"key": "model", "type": "choice", "options": ["Small", "Large"], "required": True}
REASON = {"key": "reason", "label": "What for?", "required": True, "shown_when": WHEN}
URGENT = {"key": "urgent", "type": "yes_no"}
WHY = {
    "key": "why",
    "label": "Why so urgent?",
    "shown_when": {"field": "urgent", "comparison": "is", "value": "yes"},
}


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


@pytest.fixture
def item(cast: Cast) -> RequestItem:
    """A laptop that asks for more when it is large; Rita decides."""
    Person.objects.filter(pk=cast.rob.pk).update(manager=cast.rita)
    cast.rob.refresh_from_db()
    form = make_form(MODEL, REASON, URGENT, WHY)
    item = make_item(cast.payments, name="New laptop", form=form)
    add_step(item, asks="manager", label="Manager")
    return item


def test_fields_come_and_go_while_the_form_is_filled_in(
    cast: Cast, item: RequestItem, window: Window
) -> None:
    page = window(cast.rob)
    page.goto(f"/requests/{item.pk}/")
    reason, why = page.get_by_label("What for?"), page.get_by_label("Why so urgent?")
    expect(reason).to_be_hidden()
    page.get_by_label("Model").select_option("Large")
    expect(reason).to_be_visible()
    page.get_by_text("Yes", exact=True).click()
    expect(why).to_be_visible()
    page.get_by_text("No", exact=True).click()
    expect(why).to_be_hidden()
    reason.fill("Videos")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_text("Waiting for approval").first).to_be_visible()
    assert TicketAnswers.objects.get().values == {
        "model": "Large",
        "reason": "Videos",
        "urgent": False,
    }


def test_without_scripts_every_field_is_shown_and_hidden_ones_are_passed_over(
    cast: Cast, item: RequestItem, window: Window
) -> None:
    page = window(cast.rob, java_script_enabled=False)
    page.goto(f"/requests/{item.pk}/")
    page.get_by_label("Model").select_option("Small")
    page.get_by_label("What for?").fill("Not asked")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_text("Waiting for approval").first).to_be_visible()
    assert TicketAnswers.objects.get().values == {"model": "Small"}


def test_custom_fields_follow_the_component_while_reporting(cast: Cast, window: Window) -> None:
    make_form({"key": "terminal", "label": "Terminal", "required": True}, service=cast.payments)
    page = window(cast.rob)
    page.goto("/portal/report/")
    expect(page.get_by_label("Terminal")).to_have_count(0)
    page.get_by_label("What is it about?").fill("Card declined")
    page.get_by_label("Where").select_option(label="Payments › Checkout")
    page.get_by_label("Terminal").fill("T-7")
    page.get_by_role("button", name="Send to the desk").click()
    expect(page.get_by_text("What you told us")).to_be_visible()
    assert TicketAnswers.objects.get().values == {"terminal": "T-7"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_click_decides_on_a_phone(
    scheme: str, cast: Cast, item: RequestItem, window: Window
) -> None:
    make_request(item, cast.rob, given={"model": "Small"})
    page = window(cast.rita, viewport=PHONE, color_scheme=scheme)
    page.goto("/approvals/")
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document)")["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    assert Approval.objects.get().state == "granted"
    assert Ticket.objects.get().state == "approved"
