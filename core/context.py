"""What the base template draws around every page, worked out only when it is drawn."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.functional import SimpleLazyObject

from core.extensions import SECTIONS, TOP_BAR, NavItem, TopBarItem, navigation_for


@dataclass(frozen=True)
class Entry:
    """A link of the rail or the top bar: its address, its number, and whether it is being read."""

    label: str
    icon: str
    url: str
    count: int | None
    section: str = ""
    key: str = ""
    on_phone: bool = False
    active: bool = False
    shortcut: str = ""


@dataclass(frozen=True)
class Shell:
    """The rail by section, the bar of four on a phone, and the signs in the top bar."""

    sections: tuple[tuple[str, tuple[Entry, ...]], ...] = ()
    phone_bar: tuple[Entry, ...] = ()
    top_bar: tuple[Entry, ...] = ()


EMPTY = Shell()
PHONE_ENTRIES = 4


def shell(request: HttpRequest) -> dict[str, Any]:
    """`shell` for templates. Fragments never look at it, so they do not pay for its counts."""
    return {"shell": SimpleLazyObject(lambda: _shell_of(request))}


def _shell_of(request: HttpRequest) -> Shell:
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return EMPTY
    items = navigation_for(frozenset(person.roles))
    current = _current(request.path, items)
    entries = [_entry(request, item, active=item is current) for item in items]
    sections = ((name, tuple(one for one in entries if one.section == name)) for name in SECTIONS)
    return Shell(
        sections=tuple(pair for pair in sections if pair[1]),
        phone_bar=tuple(one for one in entries if one.on_phone)[:PHONE_ENTRIES],
        top_bar=tuple(_sign(request, item) for item in TOP_BAR),
    )


@lru_cache(maxsize=256)
def _address(url_name: str, prefix: str) -> str:
    """Addresses never change while a process runs, but every page asks for a dozen."""
    return reverse(url_name)


def _url(url_name: str) -> str:
    return _address(url_name, get_script_prefix())


def _current(path: str, items: list[NavItem]) -> NavItem | None:
    """The entry whose address is the longest beginning of the page's."""
    best: tuple[int, NavItem | None] = (0, None)
    for item in items:
        url = _url(item.url_name)
        fits = path == url or (url != "/" and path.startswith(url))
        if fits and len(url) > best[0]:
            best = (len(url), item)
    return best[1]


def _entry(request: HttpRequest, item: NavItem, *, active: bool) -> Entry:
    return Entry(
        label=item.label,
        icon=item.icon,
        url=_url(item.url_name),
        count=item.count(request) if item.count else None,
        section=item.section,
        key=item.key,
        on_phone=item.on_phone,
        active=active,
        shortcut=item.shortcut,
    )


def _sign(request: HttpRequest, item: TopBarItem) -> Entry:
    return Entry(
        label=item.label,
        icon=item.icon,
        url=_url(item.url_name),
        count=item.count(request) if item.count else None,
    )
