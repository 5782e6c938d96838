"""Queues in a real browser: tickets chosen and cards moved by keyboard, and with scripts off."""

import re

import pytest
from playwright.sync_api import expect

from incidents.models import Ticket
from tests.browsing import PHONE, Window
from tests.conftest import Cast
from tests.incidents.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_tickets_are_chosen_and_changed_by_keyboard_alone(
    opened: Opener, cast: Cast, window: Window
) -> None:
    for place in range(3):
        opened(title=f"Card {place}")
    page = window(cast.ann)
    page.goto("/tickets/?sort=oldest")
    expect(page.locator(".many-bar")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-pick-count]")).to_have_text("2 tickets chosen")
    page.keyboard.press("e")
    page.wait_for_url("**/tickets/many/**")
    page.get_by_role("textbox", name="Category").fill("cards")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ticket-jobs/**")
    assert set(Ticket.objects.filter(category="cards").values_list("title", flat=True)) == {
        "Card 0",
        "Card 1",
    }
    page.keyboard.press("u")
    page.wait_for_url(re.compile(r"/ticket-jobs/\d+/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Undo")
    assert not Ticket.objects.filter(category="cards").exists()


def test_a_refresh_of_the_list_keeps_what_was_chosen(
    opened: Opener, cast: Cast, window: Window
) -> None:
    opened()
    page = window(cast.ann)
    page.goto("/tickets/")
    page.locator(".row-pick input[name=ticket]").check()
    opened()
    page.evaluate("htmx.ajax('GET', location.href, {target: '#ticket-rows', swap: 'outerHTML'})")
    expect(page.locator("tr[data-row]")).to_have_count(2)
    expect(page.locator(".row-pick input[name=ticket]:checked")).to_have_count(1)


def test_a_card_moves_to_the_next_column_by_keyboard(
    opened: Opener, cast: Cast, window: Window
) -> None:
    ticket = opened(impact=3, urgency=3)
    page = window(cast.ann)
    page.goto("/tickets/?layout=board&group=priority")
    page.keyboard.press("j")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("[data-column='4'] .board-card")).to_have_count(1)
    ticket.refresh_from_db()
    assert ticket.priority == 4


def test_a_move_that_needs_words_leads_to_their_form(
    opened: Opener, cast: Cast, window: Window
) -> None:
    ticket = opened()
    page = window(cast.ann, viewport={"width": 1900, "height": 900})
    page.goto("/tickets/?layout=board")
    page.locator(".board-card").drag_to(page.locator("[data-column='pending']"))
    page.wait_for_url(f"**/tickets/{ticket.pk}/wait/**")


def test_the_next_ticket_of_a_view_is_one_key_away(
    opened: Opener, cast: Cast, window: Window
) -> None:
    first, second = opened(title="First"), opened(title="Second")
    page = window(cast.ann)
    page.goto("/tickets/?sort=oldest")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{first.pk}/**")
    page.keyboard.press(".")
    page.wait_for_url(f"**/tickets/{second.pk}/**")


def test_many_tickets_are_changed_with_scripts_off_on_a_phone(
    opened: Opener, cast: Cast, window: Window
) -> None:
    opened(title="Card")
    page = window(cast.ann, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.goto("/tickets/")
    page.locator(".row-pick input[name=ticket]").check()
    page.get_by_role("button", name="Edit fields").click()
    page.get_by_role("textbox", name="Category").fill("cards")
    page.get_by_role("button", name=re.compile("Edit fields: 1 ticket")).click()
    assert Ticket.objects.get().category == "cards"


@pytest.mark.parametrize("scripts", ["on", "off"])
def test_on_a_phone_the_list_comes_before_its_filters(
    scripts: str, opened: Opener, cast: Cast, window: Window
) -> None:
    opened(title="Cards declined")
    page = window(cast.ann, viewport=PHONE, java_script_enabled=scripts == "on")
    page.goto("/tickets/")
    state = page.locator("#f_state")
    expect(page.get_by_text("Cards declined")).to_be_in_viewport()
    expect(page.locator("#f_q")).to_be_visible()
    expect(state).to_be_hidden()
    page.locator("#filters-shown").focus()
    page.keyboard.press("Space")
    expect(state).to_be_visible()
    state.select_option("resolved")
    if scripts == "off":
        page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("No ticket fits")).to_be_visible()
