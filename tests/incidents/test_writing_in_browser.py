"""Writing on a ticket in a real browser: by keyboard, over lost connections, in two windows."""

import re
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from incidents import actions
from incidents.models import Draft, Message, Ticket
from tests.browsing import Window
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATIENCE = 15_000
PASTE = """
([encoded, name, kind]) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: kind }));
  const area = document.getElementById("answer_body");
  area.focus();
  const options = { clipboardData: carried, bubbles: true, cancelable: true };
  area.dispatchEvent(new ClipboardEvent("paste", options));
}
"""
# One transparent dot.
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def state(page: Page) -> object:
    return expect(page.locator("#composer [data-draft-state]"))


def test_a_canned_reply_is_sent_and_waits_by_keyboard_alone(
    ticket: Ticket, cast: Cast, window: Window
) -> None:
    actions.can_reply(actor=cast.ann, title="Ask for details", body="Hi {{requester.name}}!")
    page = window(cast.ann)
    page.goto(ticket.get_absolute_url())
    page.keyboard.press("m")
    expect(page.locator("#answer_body")).to_be_focused()
    page.keyboard.type("/ask")
    expect(page.get_by_role("option", name="Ask for details")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Enter")
    expect(page.locator("#answer_body")).to_have_value("Hi Rob!")
    page.keyboard.press("Control+Shift+Enter")
    page.wait_for_url(re.compile("sent=1"))
    assert Message.objects.get().body == "Hi Rob!"
    ticket.refresh_from_db()
    assert ticket.pending_reason == "requester"


def test_a_colleague_is_named_from_the_menu(ticket: Ticket, cast: Cast, window: Window) -> None:
    page = window(cast.ann)
    page.goto(ticket.get_absolute_url())
    page.keyboard.press("n")
    page.keyboard.type("Could you look, @Pi")
    offered = page.locator(".composer-menu").get_by_role("option", name="Pia")
    expect(offered).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Tab")
    expect(page.locator("#answer_body")).to_have_value("Could you look, @Pia ")


def test_words_are_on_the_server_after_a_moment_and_on_the_next_device(
    ticket: Ticket, cast: Cast, window: Window
) -> None:
    page = window(cast.ann)
    page.goto(ticket.get_absolute_url())
    page.locator("#answer_body").press_sequentially("Precious words")
    state(page).to_contain_text("Draft kept", timeout=PATIENCE)
    phone = window(cast.ann, viewport={"width": 390, "height": 844})
    phone.goto(ticket.get_absolute_url())
    expect(phone.locator("#answer_body")).to_have_value("Precious words")


def test_a_closed_tab_loses_nothing(ticket: Ticket, cast: Cast, window: Window) -> None:
    page = window(cast.ann)
    page.goto(ticket.get_absolute_url())
    page.locator("#answer_body").press_sequentially("Last words")
    # At once, before the next saving is due.
    page.goto("/desk/")
    page.goto(ticket.get_absolute_url())
    expect(page.locator("#answer_body")).to_have_value("Last words")


def test_a_lost_connection_loses_nothing(ticket: Ticket, cast: Cast, window: Window) -> None:
    page = window(cast.ann)
    page.goto(ticket.get_absolute_url())
    page.route("**/draft/", lambda route: route.abort())
    page.locator("#answer_body").press_sequentially("Written in a tunnel")
    state(page).to_contain_text("No connection", timeout=PATIENCE)
    assert not Draft.objects.exists()
    page.unroute("**/draft/")
    page.reload()
    expect(page.locator("#answer_body")).to_have_value("Written in a tunnel")
    state(page).to_contain_text("Draft kept", timeout=PATIENCE)
    assert Draft.objects.get().body == "Written in a tunnel"


def test_sending_leaves_no_draft_behind(ticket: Ticket, cast: Cast, window: Window) -> None:
    page = window(cast.ann)
    page.goto(ticket.get_absolute_url())
    page.locator("#answer_body").press_sequentially("Only once")
    state(page).to_contain_text("Draft kept", timeout=PATIENCE)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("sent=1"))
    expect(page.locator("#answer_body")).to_have_value("")
    page.reload()
    expect(page.locator("#answer_body")).to_have_value("")
    assert not Draft.objects.exists()


def test_another_window_s_text_is_kept_and_offered(
    ticket: Ticket, cast: Cast, window: Window
) -> None:
    first, second = window(cast.ann), window(cast.ann)
    for page in (first, second):
        page.goto(ticket.get_absolute_url())
    first.locator("#answer_body").press_sequentially("From the desk")
    state(first).to_contain_text("Draft kept", timeout=PATIENCE)
    second.locator("#answer_body").press_sequentially("From the phone")
    state(second).to_contain_text("another text of yours is kept too", timeout=PATIENCE)
    second.reload()
    expect(second.locator("#answer_body")).to_have_value("From the phone")
    second.get_by_text("Another draft of yours").click()
    second.get_by_role("button", name="Use this one").click()
    expect(second.locator("#answer_body")).to_have_value("From the desk")


def test_a_pasted_picture_stands_in_the_message(ticket: Ticket, cast: Cast, window: Window) -> None:
    page = window(cast.ann)
    page.goto(ticket.get_absolute_url())
    page.evaluate(PASTE, [PNG, "shot.png", "image/png"])
    expect(page.locator("#draft-files")).to_contain_text("shot.png", timeout=PATIENCE)
    expect(page.locator("#answer_body")).to_have_value(re.compile(r"!\[shot\.png\]\(attachment:"))
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("sent=1"))
    picture = page.locator("#feed .msg-body img")
    expect(picture).to_be_visible(timeout=PATIENCE)
    assert picture.evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 1
    assert default_storage.exists(Message.objects.get().attachments.get().file.name)


def test_somebody_s_answer_is_told_before_sending(
    ticket: Ticket, cast: Cast, window: Window
) -> None:
    page = window(cast.ann)
    page.goto(ticket.get_absolute_url())
    page.locator("#answer_body").fill("Restart it, please")
    actions.reply_to_ticket(ticket, actor=cast.pia, body="It is the gateway.")
    expect(page.locator("#unread")).to_contain_text("Pia replied", timeout=PATIENCE)
    page.locator("#composer .send-now").click()
    expect(page.locator("#composer .send-now")).to_contain_text("Send anyway")
    expect(page.locator("#feed")).to_contain_text("It is the gateway.")
    expect(page.locator("#answer_body")).to_have_value("Restart it, please")
    page.locator("#composer .send-now").click()
    page.wait_for_url(re.compile("sent=1"))
    assert Message.objects.count() == 2


def test_others_at_the_ticket_are_seen_in_words(ticket: Ticket, cast: Cast, window: Window) -> None:
    ann, pia = window(cast.ann), window(cast.pia)
    ann.goto(ticket.get_absolute_url())
    pia.goto(ticket.get_absolute_url())
    pia.locator("#answer_body").press_sequentially("I know")
    expect(ann.locator("#presence")).to_contain_text("Pia is writing a reply", timeout=PATIENCE)
    pia.goto("/desk/")
    expect(ann.locator("#presence")).not_to_contain_text("Pia", timeout=PATIENCE)


def test_a_field_is_changed_by_one_key_and_one_choice(
    ticket: Ticket, cast: Cast, window: Window
) -> None:
    page = window(cast.ann)
    page.goto(ticket.get_absolute_url())
    expect(page.locator("#quick_priority")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("1")
    expect(page.locator("#quick_priority")).to_be_focused()
    with page.expect_response("**/fields/"):
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
    expect(page.locator("#ticket-head")).to_contain_text("P2", timeout=PATIENCE)
    expect(page.locator("#quick_priority")).to_be_focused()
    ticket.refresh_from_db()
    assert ticket.priority == 2


def test_with_scripts_off_a_draft_is_kept_shown_and_sent(
    ticket: Ticket, cast: Cast, window: Window
) -> None:
    page = window(cast.ann, java_script_enabled=False)
    page.goto(ticket.get_absolute_url())
    page.fill("#answer_body", "**Precious** words")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#composer-preview strong")).to_have_text("Precious")
    page.locator(".tool", has_text="Save draft").click()
    expect(page.locator("#answer_body")).to_have_value("**Precious** words")
    page.locator("#composer .send-now").click()
    expect(page.locator("#feed")).to_contain_text("Precious words")
