"""Two of the three doors: boxes on a lower app's page, and entries in the navigation.

Navigation is everything drawn around a page: the rail, the signs in the top bar, and the hints
on the sign-in page. The third door, events, is `core.timeline`. There is no fourth.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.db import models
from django.http import HttpRequest


@dataclass(frozen=True)
class Panel:
    """A box: the template to draw and its context. `key` names it for tests and styles."""

    key: str
    title: str
    template: str
    context: dict[str, object] = field(default_factory=dict)


class PanelMaker(Protocol):
    """Makes a box for a person and a record; None when there is nothing to show to them."""

    __module__: str
    __name__: str

    def __call__(self, request: HttpRequest, record: models.Model, /) -> Panel | None: ...


_panels: dict[tuple[str, str], list[tuple[int, PanelMaker]]] = defaultdict(list)


def panel(record: str, slot: str, *, order: int) -> Callable[[PanelMaker], PanelMaker]:
    """Registers a box for pages of `record` ("incidents.ticket") in `slot` ("context", "main").

    The maker returns None when it has nothing to show to this person.
    """

    def register(maker: PanelMaker) -> PanelMaker:
        _panels[record, slot].append((order, maker))
        _panels[record, slot].sort(key=lambda pair: pair[0])
        return maker

    return register


def panel_makers(record: models.Model, slot: str) -> list[PanelMaker]:
    """Who makes the boxes of this kind of record, in order; `core.boxes` draws them safely."""
    return [maker for _, maker in _panels[record._meta.label_lower, slot]]


def panels_for(request: HttpRequest, record: models.Model, slot: str) -> list[Panel]:
    """The boxes this person gets for this record, in order."""
    made = (maker(request, record) for maker in panel_makers(record, slot))
    return [one for one in made if one is not None]


@dataclass(frozen=True)
class NavItem:
    """One entry of the rail.

    `sections` are Desk, Improve, Develop and Lead. `roles` lists who may use the page; empty means
    everybody signed in. `count` gives the live number beside it, or None for no number. `key` is
    the letter after `g` that goes there; `shortcut` a letter that does so alone.
    """

    section: str
    label: str
    url_name: str
    icon: str
    order: int
    roles: frozenset[str] = frozenset()
    key: str = ""
    count: Callable[[HttpRequest], int | None] | None = None
    on_phone: bool = False
    shortcut: str = ""


SECTIONS = ("Desk", "Improve", "Develop", "Lead")
_items: list[NavItem] = []


def navigate(item: NavItem) -> NavItem:
    """Adds an entry to the rail."""
    if item.section not in SECTIONS:
        raise ValueError(f"the rail has no section {item.section}")
    _items.append(item)
    _items.sort(key=lambda one: (SECTIONS.index(one.section), one.order))
    return item


def navigation_for(roles: frozenset[str]) -> list[NavItem]:
    """The entries a person with these roles may use, in order."""
    return [item for item in _items if not item.roles or item.roles & roles]


@dataclass(frozen=True)
class AdminEntry:
    """One page on the Admin page, under one of its headings.

    `text` says in one sentence what is arranged there; `roles` lists who may open it.
    """

    heading: str
    label: str
    text: str
    url_name: str
    icon: str
    order: int
    roles: frozenset[str]


ADMIN_HEADINGS = ("Desk", "Clocks", "Requests", "Rules", "Data")
_admin_entries: list[AdminEntry] = []


def administer(entry: AdminEntry) -> AdminEntry:
    """Adds a page to the Admin page."""
    if entry.heading not in ADMIN_HEADINGS:
        raise ValueError(f"the Admin page has no heading {entry.heading}")
    _admin_entries.append(entry)
    _admin_entries.sort(key=lambda one: (ADMIN_HEADINGS.index(one.heading), one.order))
    return entry


def administration_for(roles: frozenset[str]) -> list[tuple[str, list[AdminEntry]]]:
    """What a person with these roles may arrange, by heading; no heading without an entry."""
    open_to = [entry for entry in _admin_entries if entry.roles & roles]
    headings = [
        (heading, [entry for entry in open_to if entry.heading == heading])
        for heading in ADMIN_HEADINGS
    ]
    return [(heading, entries) for heading, entries in headings if entries]


@dataclass(frozen=True)
class TopBarItem:
    """A sign in the top bar, such as the notifications bell with its number."""

    label: str
    url_name: str
    icon: str
    count: Callable[[HttpRequest], int | None] | None = None


TOP_BAR: list[TopBarItem] = []


def top_bar(item: TopBarItem) -> TopBarItem:
    """Adds a sign to the top bar."""
    TOP_BAR.append(item)
    return item


@dataclass(frozen=True)
class LoginHint:
    """Somebody a visitor of the demonstration may sign in as."""

    label: str
    email: str
    password: str


LoginHintMaker = Callable[[], Sequence[LoginHint]]
_login_hints: list[LoginHintMaker] = []


def login_hints(maker: LoginHintMaker) -> LoginHintMaker:
    """Registers who gives hints to the sign-in page; asked only where demo logins are shown."""
    _login_hints.append(maker)
    return maker


def known_login_hints() -> list[LoginHint]:
    """Every hint, in the order of registration."""
    return [hint for maker in _login_hints for hint in maker()]
