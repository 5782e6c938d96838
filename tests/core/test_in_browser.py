"""The shell in a real browser: keys, themes, phone, scripts off, and what axe finds."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import ApiToken, Person
from tests.browsing import PHONE, serious, sign_in
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SECRET = "correct horse battery"


@pytest.fixture
def ann(cast: Cast) -> Person:
    """Ann, who can sign in by password."""
    cast.ann.set_password(SECRET)
    cast.ann.save()
    return cast.ann


Window = Callable[..., BrowserContext]


@pytest.fixture
def window(chromium: Browser, live_server: LiveServer) -> Iterator[Window]:
    """Opens a window, signed in as `person` when one is given."""
    opened: list[BrowserContext] = []

    def open_window(person: Person | None = None, **options: object) -> BrowserContext:
        context = chromium.new_context(base_url=live_server.url, reduced_motion="reduce", **options)
        opened.append(context)
        if person is not None:
            sign_in(context, person, live_server.url)
        return context

    yield open_window
    for context in opened:
        context.close()


def page_of(context: BrowserContext, path: str) -> tuple[Page, list[str]]:
    """A page and the list its console errors are added to."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path)
    return page, complaints


def background(page: Page) -> int:
    """How bright the page's ground is, from 0 to 765."""
    return int(
        page.evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)"
            ".reduce((sum, part) => sum + Number(part), 0)"
        )
    )


def test_the_question_mark_lists_the_keys_of_the_page(ann: Person, window: Window) -> None:
    page, complaints = page_of(window(ann), "/profile/")
    page.keyboard.press("?")
    overlay = page.get_by_role("dialog", name="Keys on this page")
    expect(overlay).to_be_visible()
    expect(overlay).to_contain_text("Search everything")
    page.keyboard.press("Escape")
    expect(overlay).to_be_hidden()
    assert complaints == []


def test_keys_stay_letters_where_somebody_types(ann: Person, window: Window) -> None:
    page, _ = page_of(window(ann), "/profile/")
    name = page.get_by_label("Name")
    name.fill("")
    name.press_sequentially("c?/g")
    expect(name).to_have_value("c?/g")
    expect(page.locator("#keys")).to_be_hidden()


def test_search_is_reached_by_slash(ann: Person, window: Window) -> None:
    page, _ = page_of(window(ann), "/profile/")
    search = page.get_by_role("searchbox", name="Search everything")
    page.locator("body").press("/")
    expect(search).to_be_focused()
    expect(search).to_have_value("")
    page.keyboard.press("Escape")
    expect(search).not_to_be_focused()


def test_single_keys_can_be_switched_off_and_stay_off(ann: Person, window: Window) -> None:
    context = window(ann)
    page, _ = page_of(context, "/profile/")
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Command, page")).to_be_focused()


@pytest.mark.parametrize(
    ("theme", "system", "shown"),
    [
        ("system", "dark", "dark"),
        ("system", "light", "light"),
        ("dark", "light", "dark"),
        ("light", "dark", "light"),
    ],
)
def test_the_theme_follows_the_person_then_the_system(
    ann: Person, window: Window, theme: str, system: str, shown: str
) -> None:
    Person.objects.filter(pk=ann.pk).update(theme=theme)
    for scripts in (True, False):
        context = window(ann, color_scheme=system, java_script_enabled=scripts)
        page, complaints = page_of(context, "/profile/")
        assert ("dark" if background(page) < 200 else "light") == shown
        assert complaints == []


def test_on_a_phone_the_drawer_opens_the_rail_and_nothing_overflows(
    ann: Person, window: Window
) -> None:
    page, _ = page_of(window(ann, viewport=PHONE), "/profile/")
    rail = page.get_by_role("navigation", name="Main", exact=True)
    expect(rail).to_be_hidden()
    page.locator(".drawer summary").click()
    expect(rail).to_be_visible()
    page.keyboard.press("Escape")
    expect(rail).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_without_scripts_one_signs_in_reads_and_signs_out(ann: Person, window: Window) -> None:
    page, _ = page_of(window(java_script_enabled=False, viewport=PHONE), "/login/?next=/profile/")
    page.get_by_label("E-mail address").fill(ann.email)
    page.get_by_label("Password").fill(SECRET)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your profile")).to_be_visible()
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_form_pressed_twice_is_sent_once(ann: Person, window: Window) -> None:
    page, _ = page_of(window(ann), "/profile/keys/")
    page.get_by_label("What is it for?").fill("Nightly export")
    page.evaluate(
        "() => { const form = document.querySelector('main form');"
        " form.requestSubmit(); form.requestSubmit(); }"
    )
    expect(page.get_by_role("heading", name="Your new key")).to_be_visible()
    assert ApiToken.objects.filter(person=ann).count() == 1


def test_a_question_is_asked_before_a_key_is_revoked(ann: Person, window: Window) -> None:
    ApiToken.objects.create(person=ann, name="Nightly export", digest="x")
    page, _ = page_of(window(ann), "/profile/keys/")
    page.get_by_role("button", name="Revoke").click()
    box = page.get_by_role("dialog", name="Revoke")
    box.get_by_role("button", name="Keep it").click()
    expect(box).to_be_hidden()
    page.get_by_role("button", name="Revoke").click()
    box.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("does not work any more")).to_be_visible()
    assert not ApiToken.objects.exists()


def test_the_first_error_is_read_first_and_leads_to_its_field(ann: Person, window: Window) -> None:
    page, complaints = page_of(window(ann), "/profile/")
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.locator("[data-error-summary] a").click()
    expect(page.get_by_label("Name")).to_be_focused()
    assert [line for line in complaints if "422" not in line] == []


@pytest.mark.parametrize("path", ["/login/", "/profile/", "/profile/keys/", "/nothing-here/"])
def test_axe_finds_nothing_serious(ann: Person, window: Window, path: str) -> None:
    signed_in = None if path == "/login/" else ann
    for scheme, size in (("light", PHONE), ("dark", {"width": 1440, "height": 900})):
        page, _ = page_of(window(signed_in, color_scheme=scheme, viewport=size), path)
        assert serious(page) == []
