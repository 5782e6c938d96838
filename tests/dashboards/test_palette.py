"""Ctrl K: commands of the page, pages and records from one field."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import Person
from incidents.actions import open_ticket
from incidents.models import Ticket
from incidents.searching import read_words
from tests.browsing import PHONE, Window, serious
from tests.conftest import Cast

AsUser = Callable[[Person], Client]
PALETTE = "/search/palette/"


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    """A ticket of Rob's with a word nothing else holds."""
    return open_ticket(
        actor=cast.ann, requester=cast.rob, title="Zebra printer jams", channel="phone"
    )


def offered(browser: Client, words: str) -> list[tuple[str, str]]:
    answer = browser.get(PALETTE, {"q": words})
    assert answer.status_code == 200
    return [(one["group"], one["label"]) for one in answer.json()["options"]]


def test_records_are_offered_by_words_and_by_number(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    line = ("Tickets", f"{ticket.reference} Zebra printer jams")
    assert line in offered(as_user(cast.ann), "zebra")
    assert line in offered(as_user(cast.ann), ticket.reference.lower())


def test_only_what_one_may_see_is_offered(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    assert offered(as_user(cast.stan), "zebra") == []
    assert offered(as_user(cast.rob), "zebra") != []
    assert ("Admin", "Service level policies") not in offered(as_user(cast.ann), "policies")


def test_pages_of_the_administration_are_offered_to_whoever_may_open_them(
    cast: Cast, as_user: AsUser
) -> None:
    browser = as_user(cast.ada)
    found = browser.get(PALETTE, {"q": "import"}).json()["options"]
    arranged = [one for one in found if one["group"] == "Admin"]
    assert arranged
    for one in arranged:
        assert browser.get(one["url"]).status_code == 200


def test_misspelt_words_are_corrected_with_a_sentence(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    read_words()
    answer = as_user(cast.ann).get(PALETTE, {"q": "zebrra printer"}).json()
    assert answer["options"]
    assert "Nothing fits exactly" in answer["note"]


def test_nothing_typed_finds_nothing(cast: Cast, as_user: AsUser) -> None:
    assert as_user(cast.ann).get(PALETTE).json() == {"options": [], "note": ""}


def opened(page: Page) -> Page:
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Command, page")).to_be_focused()
    return page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
class TestInBrowser:
    """By keyboard alone, except on a phone."""

    def test_a_command_of_the_page_is_carried_out(
        self, ticket: Ticket, cast: Cast, window: Window
    ) -> None:
        page = window(cast.ann)
        page.goto(ticket.get_absolute_url())
        opened(page)
        page.keyboard.type("merge")
        expect(page.get_by_role("dialog").get_by_role("option", selected=True)).to_contain_text(
            "Merge…"
        )
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/tickets/{ticket.pk}/merge/")

    def test_a_place_is_reached_and_arrows_walk(self, cast: Cast, window: Window) -> None:
        page = window(cast.pia)
        page.goto("/profile/")
        opened(page)
        first = page.get_by_role("option", selected=True).inner_text()
        page.keyboard.press("ArrowDown")
        assert page.get_by_role("option", selected=True).inner_text() != first
        page.keyboard.press("ArrowUp")
        page.keyboard.type("clusters")
        expect(page.get_by_role("option", selected=True)).to_contain_text("Clusters")
        page.keyboard.press("Enter")
        page.wait_for_url("**/clusters/")

    def test_a_ticket_is_opened_by_its_words(
        self, ticket: Ticket, cast: Cast, window: Window
    ) -> None:
        page = window(cast.ann)
        page.goto("/profile/")
        opened(page)
        page.keyboard.type("zebra")
        expect(page.get_by_role("option", selected=True)).to_contain_text("Zebra printer jams")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{ticket.get_absolute_url()}")

    def test_escape_gives_the_focus_back_and_what_fails_is_said(
        self, cast: Cast, window: Window
    ) -> None:
        page = window(cast.ann)
        page.goto("/profile/")
        page.get_by_label("Name").focus()
        opened(page)
        page.route(f"**{PALETTE}*", lambda route: route.abort())
        page.keyboard.type("desk")
        expect(page.get_by_text("Records could not be looked up")).to_be_visible()
        expect(page.get_by_role("option", name="My desk")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_label("Name")).to_be_focused()

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_on_a_phone_it_opens_from_the_menu_and_axe_finds_nothing(
        self, scheme: str, ticket: Ticket, cast: Cast, window: Window
    ) -> None:
        page = window(cast.ann, viewport=PHONE, color_scheme=scheme)
        page.goto("/tickets/")
        page.get_by_text("Your menu").locator("..").click()
        page.get_by_role("button", name="Commands").click()
        page.keyboard.type("zebra")
        expect(page.get_by_role("option", name="Zebra")).to_be_visible()
        assert serious(page, within="#palette") == []
        box = page.get_by_role("dialog").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
