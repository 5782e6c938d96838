"""Tickets in a real browser: logged by keyboard alone, drafts kept, time noticed, scripts off."""

import re

import pytest
from playwright.sync_api import expect

from incidents import actions
from incidents.models import Draft, Message, Ticket, TouchInterval
from tests.browsing import Window
from tests.conftest import Cast
from tests.incidents.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATIENCE = 15_000


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


def test_a_fast_typist_asks_for_requesters_once_not_at_every_key(
    cast: Cast, window: Window
) -> None:
    """A query at each key stroke would bring a server down."""
    page = window(cast.ann)
    page.goto("/tickets/new/")
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(request.url) if "/people/" in request.url else 0
    )
    page.locator("#id_requester").press_sequentially("rob@acme.exam", delay=25)
    expect(page.locator("#people option")).to_have_count(1, timeout=PATIENCE)
    assert 1 <= len(asked) <= 2
    assert "rob%40acme.exam" in asked[-1]


def test_tasks_tags_followers_and_time_by_keyboard_while_words_stand_in_the_composer(
    window: Window, ticket: Ticket, cast: Cast
) -> None:
    page = window(cast.ann)
    page.goto(ticket.get_absolute_url())
    page.locator("#answer_body").fill("Half a sentence")
    page.keyboard.press("Escape")
    page.keyboard.press("7")
    for title in ("Call the bank", "Call Rob"):
        page.keyboard.type(title)
        page.keyboard.press("Enter")
        expect(page.locator("#tasks")).to_contain_text(title, timeout=PATIENCE)
    page.get_by_role("button", name="Done: Call the bank").click()
    expect(page.locator("#tasks")).to_contain_text("1 of 2 done", timeout=PATIENCE)
    page.keyboard.press("l")
    page.keyboard.type("VIP customer")
    page.keyboard.press("Enter")
    expect(page.locator("#tags")).to_contain_text("vip-customer", timeout=PATIENCE)
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    expect(page.locator("#followers")).to_contain_text("Unfollow", timeout=PATIENCE)
    page.keyboard.press("6")
    page.keyboard.type("25")
    page.keyboard.press("Enter")
    expect(page.locator("#time")).to_contain_text("25 min noted", timeout=PATIENCE)
    expect(page.locator("#answer_body")).to_have_value("Half a sentence")


def test_a_refused_word_stays_in_its_box(window: Window, ticket: Ticket, cast: Cast) -> None:
    page = window(cast.ann, viewport={"width": 390, "height": 844})
    page.goto(ticket.get_absolute_url())
    page.locator("[name=workspace-part][value=side]").check(force=True)
    page.locator("#new-follower").fill("stan@elsewhere.example")
    page.keyboard.press("Enter")
    refusal = page.locator("#followers-error")
    expect(refusal).to_contain_text("may not see this ticket", timeout=PATIENCE)
    expect(page.locator("#new-follower")).to_have_value("stan@elsewhere.example")


def test_two_tickets_are_merged_and_the_merge_undone_by_keyboard_alone(
    look_alikes: list[Ticket], cast: Cast, window: Window
) -> None:
    source, target = look_alikes[0], look_alikes[1]
    page = window(cast.ann)
    page.goto(f"/tickets/{source.pk}/")
    page.keyboard.press("y")
    page.wait_for_url(f"**/tickets/{source.pk}/merge/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("declin")
    expect(page.locator("#targets [data-row]")).to_have_count(2, timeout=PATIENCE)
    page.keyboard.press("Control+A")
    page.keyboard.type(target.reference)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(f"into {target.reference}", timeout=PATIENCE)
    page.keyboard.press("y")
    page.wait_for_url(f"**/tickets/{target.pk}/")
    page.goto(f"/tickets/{source.pk}/?own=1")
    page.keyboard.press("y")
    page.wait_for_url("**/undo-merge/")
    page.keyboard.press("y")
    page.wait_for_url(f"**/tickets/{source.pk}/")
    source.refresh_from_db()
    assert source.merged_into is None


def test_merging_linking_and_splitting_are_there_on_a_phone(
    look_alikes: list[Ticket], cast: Cast, window: Window
) -> None:
    ticket = look_alikes[0]
    actions.reply_to_ticket(ticket, actor=cast.rob, body="And something else")
    page = window(cast.ann, viewport={"width": 390, "height": 844})
    for label, address in (("Merge…", "merge"), ("Link…", "link"), ("Split…", "split")):
        page.goto(f"/tickets/{ticket.pk}/")
        page.locator(".step-menu > summary").click()
        page.locator(".step-menu").get_by_text(label).click()
        page.wait_for_url(f"**/{address}/**")
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, address
