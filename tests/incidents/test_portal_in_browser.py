"""The portal in a real browser: colleagues in copy while typing, a phone, dark mode, no scripts."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Person
from incidents import actions
from incidents.models import PortalSession, Ticket
from problems import actions as problems
from tests.browsing import AXE, PHONE, Window
from tests.conftest import Cast
from tests.make.problems import make_problem
from tests.make.requests import add_step, make_form, make_item, make_request
from tests.make.tickets import make_ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_colleague_is_offered_while_typing_and_put_in_copy(cast: Cast, window: Window) -> None:
    page = window(cast.rob)
    page.goto("/portal/report/")
    page.get_by_label("What is it about?").fill("Card declined")
    field = page.get_by_label("In copy")
    offered = page.locator(".composer-menu [role=option]")
    with page.expect_response("**/portal/colleagues/*"):
        field.press_sequentially("st")
    expect(offered).to_have_count(0)
    field.fill("")
    field.press_sequentially("ri")
    expect(offered).to_have_count(1)
    expect(offered).to_contain_text("Rita")
    field.press("Enter")
    expect(field).to_have_value("Rita <rita@acme.example>, ")
    page.get_by_role("button", name="Send to the desk").click()
    expect(page.get_by_role("heading", name="In copy")).to_be_visible()
    page.get_by_role("button", name="Take Rita out of copy").click()
    expect(page.get_by_role("button", name="Take Rita out of copy")).to_have_count(0)
    assert not Ticket.objects.get().copies.exists()


def test_opening_a_suggested_workaround_is_noticed(cast: Cast, window: Window) -> None:
    problem = make_problem(cast.pia, title="Card declined at checkout")
    problems.assess_problem(problem, actor=cast.pia)
    problem = problems.record_known_error(
        problem, actor=cast.pia, symptom="Card declined", root_cause="x", workaround="Use the app."
    )
    ticket = make_ticket(cast.rita, title="Card declined")
    problems.send_workaround(problem, actor=cast.ann, ticket=ticket, body="Hello! Use the app.")
    page = window(cast.rob)
    page.goto("/portal/report/")
    page.get_by_label("What is it about?").press_sequentially("Card declined at checkout")
    with page.expect_response("**/workaround/"):
        page.get_by_text("We know of this and work on it.").click()
    expect(page.get_by_text("Use the app.")).to_be_visible()
    assert PortalSession.objects.get().workaround_at is not None


def sound(page: Page, address: str) -> None:
    """The page is no wider than the phone, and axe finds nothing."""
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document)")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], address


@pytest.fixture
def addresses(cast: Cast) -> list[str]:
    """Every page of the portal with something on it."""
    Person.objects.filter(pk=cast.rob.pk).update(manager=cast.rita, sees_organisation=True)
    rob = Person.objects.get(pk=cast.rob.pk)
    asks = {"key": "why", "label": "Do you need customers' personal data?", "type": "yes_no"}
    item = make_item(cast.payments, form=make_form(asks, {"key": "offer", "type": "file"}))
    add_step(item, asks="manager", label="Manager", quorum="percent", percent=60, due_hours=8)
    asked = make_request(item, rob, given={"why": "yes"}).ticket
    solved = make_ticket(rob)
    actions.add_copies(solved, actor=rob, people=[cast.rita])
    actions.reply_to_ticket(solved, actor=cast.ann, body="It is the gateway.")
    actions.resolve_ticket(solved, actor=cast.ann, code="fixed", text="Restarted.")
    steps = ("reply", "reopen", "rate", "copy")
    return [
        "/portal/",
        "/portal/?show=all&whose=all",
        "/portal/?q=nothing",
        "/portal/report/",
        "/portal/request/",
        "/requests/",
        f"/requests/{item.pk}/",
        f"/portal/{asked.pk}/",
        f"/portal/{asked.pk}/withdraw/",
        f"/portal/{solved.pk}/",
        *(f"/portal/{solved.pk}/{step}/" for step in steps),
        f"/tickets/{solved.pk}/history/",
        "/approvals/",
        "/notifications/",
        "/profile/",
    ]


def test_every_page_of_the_portal_fits_a_phone(
    cast: Cast, addresses: list[str], window: Window
) -> None:
    """In dark mode: tests/e2e/test_pages.py."""
    page = window(cast.rob, viewport=PHONE)
    for address in addresses:
        sound(page, address)


def test_without_scripts_people_are_put_in_copy_and_taken_out(cast: Cast, window: Window) -> None:
    page = window(cast.rob, java_script_enabled=False, viewport=PHONE)
    page.goto("/portal/report/")
    page.get_by_label("What is it about?").fill("Card declined")
    page.get_by_label("In copy").fill("Stan")
    page.get_by_role("button", name="Send to the desk").click()
    expect(page.get_by_text("Nobody in your organisation").first).to_be_visible()
    page.get_by_label("In copy").fill("rita@acme.example")
    page.get_by_role("button", name="Send to the desk").click()
    page.get_by_role("button", name="Take Rita out of copy").click()
    page.get_by_label("Put in copy").fill("Rita")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("button", name="Take Rita out of copy")).to_be_visible()
