"""Every page of the walk on a desk and on a phone, light and dark: nothing axe finds serious, no
sideways scrolling, no text too small to read."""

import pytest
from playwright.sync_api import Page

from tests.browsing import PHONE
from tests.e2e.conftest import DESKTOP, SignIn, serious

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("walk")]

PAGES = {
    "agent": (
        "/desk/",
        "/tickets/",
        "/tickets/new/",
        "/search/?q=invoice",
        "/knowledge/",
        "/notifications/",
        "/profile/",
    ),
    "problem manager": ("/clusters/", "/clusters/runs/", "/problems/", "/changes/"),
    "developer": ("/development/", "/sprints/", "/releases/", "/requirements/", "/pulse/"),
    "manager": (
        "/proactivity/",
        "/proactivity/changes/",
        "/majors/?show=past",
        "/majors/?show=candidates",
        "/follow-ups/",
        "/status/",
        "/admin/",
        "/admin/major-texts/",
    ),
    "requester": ("/portal/", "/portal/report/", "/requests/", "/approvals/"),
    "admin": (
        "/admin/import/",
        "/admin/request-items/",
        "/admin/forms/",
        "/plan-tasks/",
        "/deflection/",
        "/admin/mail/",
        "/admin/teams/",
        "/admin/checklists/",
        "/admin/tags/",
        "/admin/rating-reasons/",
        "/availability/",
    ),
}
# The first record of a list, opened as well.
FOLLOWED = {
    "/desk/": "/tickets/",
    "/clusters/": "/clusters/",
    "/problems/": "/problems/",
    "/changes/": "/changes/",
    "/sprints/": "/sprints/",
    "/releases/": "/releases/",
    "/knowledge/": "/knowledge/",
    "/portal/": "/portal/",
    "/majors/?show=past": "/majors/",
    "/majors/?show=candidates": "/majors/",
    "/admin/teams/": "/admin/teams/",
    "/admin/checklists/": "/admin/checklists/",
    "/availability/": "/availability/",
    "/requests/": "/requests/",
    "/approvals/": "/approvals/",
    "/admin/request-items/": "/admin/request-items/",
    "/admin/forms/": "/admin/forms/",
}
LOOKS = {
    "desktop-light": {"viewport": DESKTOP, "color_scheme": "light"},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
}
TOO_SMALL = """() => [...document.querySelectorAll('main *')].filter(e => e.childNodes.length &&
  [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.checkVisibility() &&
  !e.closest('[aria-hidden=true]') && parseFloat(getComputedStyle(e).fontSize) < 12)
  .map(e => e.outerHTML.slice(0, 120))"""


def _faults(page: Page) -> list[str]:
    """What is wrong with the page as it is shown."""
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")
    found = [f"{page.url}: {one}" for one in serious(page)]
    found += [f"{page.url}: scrolls sideways"] if wide else []
    return found + [f"{page.url}: too small: {one}" for one in page.evaluate(TOO_SMALL)[:2]]


@pytest.mark.parametrize("look", sorted(LOOKS))
@pytest.mark.parametrize("role", sorted(PAGES))
def test_pages_can_be_used_by_everybody(role: str, look: str, sign_in: SignIn) -> None:
    page = sign_in(role, **LOOKS[look])
    faults: list[str] = []
    for path in PAGES[role]:
        page.goto(path)
        faults += _faults(page)
        if path in FOLLOWED:
            links = page.locator(f"main a.row-title[href^='{FOLLOWED[path]}']")
            links = links if links.count() else page.locator(f"main a[href^='{FOLLOWED[path]}']")
            addresses = [str(link.get_attribute("href")) for link in links.all()]
            page.goto(next(one for one in addresses if any(c.isdigit() for c in one)))
            faults += _faults(page)
    assert faults == []
