"""What the base template needs on every page: the rail and who is signed in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from core.extensions import SECTIONS, NavItem, navigation_for


def shell(request: HttpRequest) -> dict[str, Any]:
    """The navigation of the signed-in person; fragments are swapped into a page that has one."""
    person = getattr(request, "user", None)
    htmx = getattr(request, "htmx", None)
    if person is None or not person.is_authenticated or htmx:
        return {"rail": [], "demo_logins_shown": settings.DEMO_LOGINS_SHOWN}
    items = [_entry(request, item) for item in navigation_for(frozenset(person.roles))]
    sections = [
        (section, [item for item in items if item["section"] == section]) for section in SECTIONS
    ]
    return {
        "rail": [pair for pair in sections if pair[1]],
        "phone_bar": [item for item in items if item["on_phone"]][:4],
        "go_keys": {item["key"]: item["url"] for item in items if item["key"]},
    }


def _entry(request: HttpRequest, item: NavItem) -> dict[str, Any]:
    """A rail entry with its address, its number and whether it is the page being read."""
    url = reverse(item.url_name)
    path = request.path
    return {
        "section": item.section,
        "label": item.label,
        "icon": item.icon,
        "key": item.key,
        "on_phone": item.on_phone,
        "url": url,
        "count": item.count(request) if item.count else None,
        "active": path == url or (url != "/" and path.startswith(url)),
    }
