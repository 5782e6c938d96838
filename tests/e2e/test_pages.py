"""Every page a person can come to by links, on a desk and on a phone, light and dark: nothing axe
finds serious, no sideways scrolling, no text too small, too pale or squeezed.

All links are followed from the first page of each role; of each kind of page one is opened.
"""

from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from tests.browsing import PHONE, serious
from tests.e2e import looking
from tests.e2e.conftest import DESKTOP, SignIn

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("walk")]

# Whoever sees most links comes first.
ROLES = ("admin", "agent", "problem manager", "developer", "manager", "requester")
LOOKS = {
    "desktop-light": {"viewport": DESKTOP, "color_scheme": "light"},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
}
# Contrast is axe's slowest rule by far: `looking` asks for it on every page and in both looks, axe
# itself on the pages of the walk. On a phone axe looks once more at what depends on size and on
# what is shown.
AXE = {
    "desktop-light": {"without": ("color-contrast",)},
    "phone-dark": {
        "only": (
            "aria-hidden-focus", "button-name", "label", "link-in-text-block", "link-name",
            "scrollable-region-focusable", "select-name", "summary-name", "target-size",
        )
    },
}  # fmt: skip
# Each role has its own entries on this one.
HUB = "/admin/"
# So many kinds of pages are reached in the demo; fewer would mean that links have been lost.
AT_LEAST = 150
# Pages of a library, and files.
NOT_OURS = ("schema", "api", "rest_framework")
FILES = (".csv", ".json", ".md", ".ics")
LINKS = "all => all.filter(a => !a.hasAttribute('download')).map(a => a.href)"


def _kind(address: str) -> str:
    """The name of the page at an address, empty where no page of ours is."""
    path = urlsplit(address).path
    try:
        name = resolve(path).view_name
    except Resolver404:
        return ""
    return "" if name.split(":")[0] in NOT_OURS or path.endswith(FILES) else name


def _links(page: Page) -> list[str]:
    return list(page.locator("a[href^='/'], a[href^='?']").evaluate_all(LINKS))


@pytest.mark.parametrize("look", sorted(LOOKS))
def test_every_page_can_be_used_by_everybody(look: str, sign_in: SignIn) -> None:
    seen: set[str] = set()
    faults: list[str] = []
    for role in ROLES:
        page = sign_in(role, **LOOKS[look])
        waiting = [page.url, *_links(page)]
        hub = page.goto(HUB)
        if hub is not None and hub.ok:
            waiting += _links(page)
        while waiting:
            address = waiting.pop(0)
            kind = _kind(address)
            if not kind or kind in seen:
                continue
            answer = page.goto(address)
            assert answer is not None
            if not answer.ok:
                # A link that only some may follow, or a record that has gone meanwhile.
                faults += [f"{role}: {address} answers {answer.status}"]
                continue
            seen |= {kind, _kind(page.url)}
            faults += [f"{page.url}: {one}" for one in serious(page, **AXE[look])]
            faults += looking.faults(page)
            waiting += _links(page)
    assert faults == []
    assert len(seen) >= AT_LEAST, sorted(seen)
