"""Tickets in a real browser: logged by keyboard alone, drafts kept, time noticed, scripts off."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from incidents import actions
from incidents.models import Draft, Message, Ticket, TouchInterval
from tests.conftest import Cast
from tests.incidents.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATIENCE = 15_000
Window = Callable[..., Page]


@pytest.fixture
def look_alikes(opened: Opener, cast: Cast) -> list[Ticket]:
    """Two tickets in work and a solved one, all about cards at the checkout."""
    tickets = [opened(title=f"Card is declined at checkout again {n}") for n in range(3)]
    actions.resolve_ticket(tickets[2], actor=cast.ann, code="fixed", text="Pay by invoice")
    return tickets


def test_a_ticket_is_logged_by_keyboard_alone(
    look_alikes: list[Ticket], cast: Cast, window: Window
) -> None:
    page = window(cast.ann)
    page.goto("/desk/")
    page.keyboard.press("c")
    page.wait_for_url("**/tickets/new/")
    expect(page.locator("#id_requester")).to_be_focused()
    page.keyboard.type("Ro")
    expect(page.locator("#people option")).to_have_count(1, timeout=PATIENCE)
    page.keyboard.type("b")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#id_title")).to_be_focused()
    page.keyboard.type("card is declined at checkout")
    suggestions = page.locator("#suggestions")
    expect(suggestions).to_contain_text(look_alikes[0].reference, timeout=PATIENCE)
    expect(suggestions).to_contain_text("Pay by invoice")
    page.keyboard.press("Alt+s")
    expect(page.locator("#id_component")).to_have_value(str(cast.checkout.pk))
    expect(page.locator("#id_service")).to_have_value(str(cast.payments.pk))
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/\?sent=1"))
    ticket = Ticket.objects.latest("id")
    assert (ticket.requester, ticket.component) == (cast.rob, cast.checkout)


def test_a_draft_survives_the_loss_of_its_page_and_goes_with_the_ticket(
    cast: Cast, window: Window
) -> None:
    page = window(cast.ann)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/tickets/new/")
    page.fill("#id_requester", cast.rob.email)
    page.fill("#id_title", "Precious words")
    page.reload()
    expect(page.locator("#id_title")).to_have_value("Precious words")
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft kept", timeout=PATIENCE)
    assert Draft.objects.get().fields["title"] == "Precious words"
    page.locator("#id_title").press("Control+Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/"))
    page.wait_for_function("!Object.keys(localStorage).some((key) => key.includes('new-ticket'))")
    assert not Draft.objects.exists()


def test_a_failing_suggestion_leaves_the_form_usable(cast: Cast, window: Window) -> None:
    page = window(cast.ann)
    page.route("**/tickets/new/suggestions/", lambda route: route.fulfill(status=500))
    page.goto("/tickets/new/")
    page.fill("#id_requester", cast.rob.email)
    with page.expect_response("**/tickets/new/suggestions/"):
        page.locator("#id_title").press_sequentially("Card is declined")
    page.locator("#id_title").press("Control+Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/"))
    assert Ticket.objects.get().title == "Card is declined"


def test_a_ticket_is_logged_with_scripts_off(
    look_alikes: list[Ticket], cast: Cast, window: Window
) -> None:
    page = window(cast.ann, java_script_enabled=False)
    page.goto("/tickets/new/")
    page.fill("#id_requester", cast.rob.email)
    page.fill("#id_title", "card is declined at checkout")
    page.get_by_role("button", name="Show suggestions").click()
    expect(page.locator("#suggestions")).to_contain_text(look_alikes[0].reference)
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("#id_component")).to_have_value(str(cast.checkout.pk))
    page.get_by_role("button", name="Log the ticket").click()
    ticket = Ticket.objects.latest("id")
    expect(page).to_have_url(re.compile(rf"/tickets/{ticket.pk}/"))
    assert ticket.component == cast.checkout


def test_the_button_says_who_will_read_it(ticket: Ticket, cast: Cast, window: Window) -> None:
    page = window(cast.ann)
    page.goto(ticket.get_absolute_url())
    send = page.locator("#composer .send-now")
    expect(send).to_have_text(re.compile("Send to Rob"), use_inner_text=True)
    page.keyboard.press("n")
    expect(page.locator("#answer_body")).to_be_focused()
    expect(send).to_have_text(re.compile("Keep as internal note"), use_inner_text=True)
    page.keyboard.type("Only for us")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg-note")).to_contain_text("Only for us", timeout=PATIENCE)
    assert Message.objects.get().kind == Message.Kind.NOTE


def test_keys_of_the_closed_menu_work(ticket: Ticket, cast: Cast, window: Window) -> None:
    page = window(cast.ann)
    page.goto(ticket.get_absolute_url())
    page.keyboard.press("w")
    page.wait_for_url("**/wait/**")
    expect(page.locator("#id_reason")).to_be_focused()


def test_time_is_noticed_only_while_somebody_is_active(
    ticket: Ticket, cast: Cast, window: Window
) -> None:
    page = window(cast.ann)
    page.clock.install()
    page.goto(ticket.get_absolute_url())
    page.mouse.move(400, 400)
    with page.expect_response("**/touch/"):
        page.clock.run_for(15_000)
    assert TouchInterval.objects.get().person == cast.ann
    beats: list[str] = []
    page.on("request", lambda one: beats.append(one.url) if "/touch/" in one.url else None)
    page.clock.run_for(300_000)
    assert len(beats) <= 4


def test_what_somebody_else_writes_appears(ticket: Ticket, cast: Cast, window: Window) -> None:
    page = window(cast.ann)
    page.clock.install()
    page.goto(ticket.get_absolute_url())
    actions.reply_to_ticket(ticket, actor=cast.rob, body="It works again, thank you")
    with page.expect_response("**/conversation/**"):
        page.clock.run_for(15_000)
    expect(page.locator("#feed")).to_contain_text("It works again", timeout=PATIENCE)
