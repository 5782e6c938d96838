"""Forms, approvals and the portal in a real browser: conditions, a phone, scripts off."""

import pytest
from playwright.sync_api import expect

from accounts.models import Person
from fulfilment.models import Approval, RequestItem
from incidents.models import Ticket, TicketAnswers
from tests.browsing import PHONE, Window, serious
from tests.conftest import Cast
from tests.make.requests import add_step, make_form, make_item, make_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


WHEN = {"field": "model", "comparison": "is", "value": "Large"}
MODEL = {"key": "model", "type": "choice", "options": ["Small", "Large"], "required": True}
REASON = {"key": "reason", "label": "What for?", "required": True, "shown_when": WHEN}
URGENT = {"key": "urgent", "type": "yes_no"}
WHY = {
    "key": "why",
    "label": "Why so urgent?",
    "shown_when": {"field": "urgent", "comparison": "is", "value": "yes"},
}


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
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    assert Approval.objects.get().state == "granted"
    assert Ticket.objects.get().state == "approved"
