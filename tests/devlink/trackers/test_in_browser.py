"""Trackers in a real browser: without scripts, on a phone, light and dark."""

import os
from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from devlink.actions import create_in_tracker, note_trouble, receive_delivery
from devlink.models import Tracker
from devlink.tracking import send_calls
from tests.browsing import AXE, PHONE, Window
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.devlink.trackers.memory import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_everything_works_without_scripts(
    cast: Cast, cause: Cause, world: World, window: Window
) -> None:
    page = window(cast.ada, java_script_enabled=False)
    page.goto("/admin/trackers/")
    page.get_by_role("link", name="Add a tracker").first.click()
    page.get_by_label("Kind").select_option("memory")
    page.get_by_label("Name").fill("Forge")
    page.get_by_label("Project").fill("house/shop")
    page.get_by_label("Team").select_option(label=cast.payments_team.name)
    page.get_by_role("button", name="Add it").click()
    secret = page.locator("#new-secret").inner_text()
    tracker = Tracker.objects.get()
    assert secret == tracker.webhook_secret()
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_role("heading", name="All is well")).to_be_visible()
    expect(page.locator("#new-secret")).to_have_count(0)
    page.get_by_role("link", name="Disable").click()
    page.get_by_label("Reason").fill("Being moved")
    page.get_by_role("button", name="Disable it").click()
    expect(page.get_by_text("Being moved").first).to_be_visible()
    page.get_by_role("button", name="Enable").click()
    page.goto(cause.problem.get_absolute_url())
    page.get_by_role("button", name="Create in Forge").click()
    expect(page.get_by_role("link", name="Forge 100")).to_be_visible()


def look_at(page: Page, address: str, name: str) -> None:
    """The page is no wider than the window, and axe finds nothing."""
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document)")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], address
    if "SCREENS" in os.environ:
        page.screenshot(path=f"{os.environ['SCREENS']}/{name}.png", full_page=True)


@pytest.mark.parametrize(
    ("scheme", "size"), [("dark", PHONE), ("light", {"width": 1280, "height": 900})]
)
def test_on_a_phone_and_a_desk(
    cast: Cast,
    cause: Cause,
    tracker: Tracker,
    world: World,
    soon: Callable[[], datetime],
    window: Window,
    scheme: str,
    size: ViewportSize,
) -> None:
    item = create_in_tracker(cause.problem, actor=cast.pia, tracker=tracker)
    send_calls(tracker, until=soon())
    for number in range(3):
        receive_delivery(
            tracker,
            delivery_id=f"72d3162e-cc78-11e3-81ab-4c9367dc095{number}",
            event="issues",
            headers={},
            body="{}",
        )
    note_trouble(tracker, reason="The tracker asks for patience.", permanent=False)
    own = tracker.get_absolute_url()
    addresses = {
        "list": "/admin/trackers/",
        "new": "/admin/trackers/new/",
        "own": own,
        "edit": own + "edit/",
        "item": item.get_absolute_url(),
        "problem": cause.problem.get_absolute_url(),
    }
    page = window(cast.ada, viewport=size, color_scheme=scheme)
    for name, address in addresses.items():
        look_at(page, address, f"{name}-{scheme}-{size['width']}")
