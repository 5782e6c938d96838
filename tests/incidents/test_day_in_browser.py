"""A day at the desk without a mouse: every step is a key, in one window, from list to list."""

import re

import pytest
from playwright.sync_api import Page, expect

from incidents.models import Message, Ticket
from tests.browsing import Window
from tests.conftest import Cast
from tests.incidents.conftest import Opener
from tests.make.rules import make_macro

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 15_000
ASKS = {
    "reply": {"body": "Hello {{requester.name}}, since when?"},
    "step": {"step": "wait", "reason": "requester"},
}


def press(page: Page, *keys: str) -> None:
    """One key after the other."""
    for key in keys:
        page.keyboard.press(key)


def at(page: Page, ticket: Ticket) -> None:
    """Waits until the page of this ticket is there."""
    expect(page.locator(f'#ticket-head[data-ticket="{ticket.pk}"]')).to_be_visible(timeout=PATIENCE)
    page.wait_for_load_state("load")


def tab_to(page: Page, selector: str) -> None:
    """Tabs on until the field has the focus."""
    for _ in range(40):
        if page.locator(f"{selector}:focus").count():
            return
        press(page, "Tab")
    raise AssertionError(f"{selector} is not reached by the keyboard.")


def test_a_full_day_of_work_needs_no_mouse(opened: Opener, cast: Cast, window: Window) -> None:
    titles = ("Cards declined", "Cards declined too", "Report empty")
    first, second, third = (opened(title=titles[n], priority=n + 1) for n in range(3))
    make_macro(cast.ann, "Since when", actions=ASKS)
    page = window(cast.ann)

    page.goto("/desk/")
    press(page, "g", "q")
    page.wait_for_url("**/tickets/")
    press(page, "j", "Enter")
    at(page, first)
    expect(page.locator("main")).to_contain_text(first.description)

    press(page, "t")
    expect(page.locator("#ticket-head")).to_contain_text("Ann", timeout=PATIENCE)
    press(page, "m")
    expect(page.locator("#answer_body")).to_be_focused(timeout=PATIENCE)
    page.keyboard.type("/since")
    expect(page.get_by_role("option", name="Since when")).to_be_visible(timeout=PATIENCE)
    press(page, "Enter")
    expect(page.locator("#ticket-head")).to_contain_text("Pending", timeout=PATIENCE)
    assert Message.objects.get(ticket=first).body == "Hello Rob, since when?"

    press(page, ".")
    at(page, second)
    press(page, "y")
    page.wait_for_url("**/merge/")
    expect(page.locator("#find")).to_be_focused(timeout=PATIENCE)
    page.keyboard.type(first.reference)
    press(page, "Enter")
    expect(page.locator("h1")).to_contain_text(f"into {first.reference}", timeout=PATIENCE)
    press(page, "y")
    at(page, first)

    press(page, "g", "q")
    page.wait_for_url("**/tickets/")
    press(page, "j", "Enter")
    at(page, third)
    # The box of fields comes a moment after the page.
    expect(page.locator("#quick_service")).to_be_visible(timeout=PATIENCE)
    press(page, "2")
    expect(page.locator("#quick_service")).to_be_focused(timeout=PATIENCE)
    press(page, "Escape", "s")
    expect(page.locator("#ticket-head")).to_contain_text("In progress", timeout=PATIENCE)
    press(page, "r")
    page.wait_for_url("**/resolve/**")
    tab_to(page, "[name=code]")
    page.keyboard.type("User")
    tab_to(page, "[name=text]")
    page.keyboard.type("The report is empty on a day without orders.")
    press(page, "Control+Enter")
    at(page, third)
    expect(page.locator("#ticket-head")).to_contain_text("Resolved", timeout=PATIENCE)

    press(page, "c")
    page.wait_for_url("**/tickets/new/")
    expect(page.locator("#id_requester")).to_be_focused(timeout=PATIENCE)
    page.keyboard.type(cast.rob.email)
    press(page, "Tab", "Tab")
    expect(page.locator("#id_title")).to_be_focused()
    page.keyboard.type("Called: invoice is missing")
    press(page, "Control+Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/\?sent=1"))

    second.refresh_from_db()
    first.refresh_from_db()
    third.refresh_from_db()
    logged = Ticket.objects.latest("id")
    assert second.merged_into == first
    assert (third.state, third.resolution_code) == ("resolved", "user_guided")
    assert (first.assignee, first.pending_reason) == (cast.ann, "requester")
    assert (logged.title, logged.requester) == ("Called: invoice is missing", cast.rob)
