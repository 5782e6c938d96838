"""Planning in a real browser: a pack on paper, an answer without leaving the page, keys alone."""

import re

import pytest
from playwright.sync_api import expect

from devlink.actions import hand_over_tickets
from devlink.models import Ask, Sprint
from tests.browsing import PHONE, Window, serious
from tests.conftest import Cast
from tests.make.work import make_work_item

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


def test_a_pack_fits_two_sheets_of_a4(cast: Cast, ask: Ask, window: Window) -> None:
    hand_over_tickets(ask.work_item)
    page = window(cast.dev, color_scheme="dark")
    page.goto(f"/packs/{ask.pack_id}/")
    assert serious(page) == []
    printed = page.pdf(prefer_css_page_size=True)
    assert 1 <= len(_PAGE.findall(printed)) <= 2
    assert b"/MediaBox [0 0 59" in printed
    page.emulate_media(media="print")
    expect(page.locator("#as-markdown")).to_be_hidden()
    expect(page.get_by_role("link", name="Download Markdown")).to_be_hidden()


def test_a_verdict_is_given_where_the_ask_stands(
    cast: Cast, sprint: Sprint, ask: Ask, window: Window
) -> None:
    page = window(cast.dev)
    page.goto(f"/sprints/{sprint.pk}/")
    row = page.locator(f"#ask-{ask.pk}")
    row.get_by_role("link", name="Answer", exact=True).click()
    row.get_by_role("radio", name="Decline").check()
    row.get_by_label("Reason (when declined)").select_option("cost")
    row.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(f"#ask-{ask.pk}")).to_contain_text("Declined")
    assert serious(page) == []


def test_the_backlog_is_planned_by_keys(cast: Cast, sprint: Sprint, window: Window) -> None:
    items = [make_work_item(cast.dev, component=cast.checkout) for _ in range(3)]
    page = window(cast.dev)
    page.goto("/backlog/")
    for key in ("j", "x", "j", "x", "p"):
        page.keyboard.press(key)
    page.get_by_label("Chosen items go into").select_option(label=f"Sprint 48, {sprint.team.name}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("2 items are in Sprint 48.")
    assert {one.pk for one in sprint.work_items.all()} == {items[2].pk, items[1].pk}
    assert serious(page) == []


def test_it_all_works_without_scripts_on_a_phone(
    cast: Cast, sprint: Sprint, ask: Ask, window: Window
) -> None:
    page = window(cast.dev, viewport=PHONE, java_script_enabled=False)
    page.goto(f"/sprints/{sprint.pk}/")
    page.locator(f"#ask-{ask.pk}").get_by_role("link", name="Answer", exact=True).press("Enter")
    page.get_by_label("Accept").check()
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(f"#ask-{ask.pk}")).to_contain_text("Accepted")
