"""An address of the list of tickets → what it shows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TypeVar, cast
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from accounts.models import Person
from core.references import parse_reference
from incidents.filters import TicketFilter, only_filters
from incidents.listing.columns import COLUMNS, Column, columns_named
from incidents.models import SavedView, Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.searching import in_time

Answer = TypeVar("Answer")
DEFAULT_STATE = "unresolved"
BOARD_WEEKS = "2"
SORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "sla": ("Next target", ("due_at", "-id")),
    "newest": ("Newest first", ("-id",)),
    "oldest": ("Oldest first", ("id",)),
}
# What a list can be grouped by and a board be split by: the field, and the field that names it.
GROUPS: dict[str, tuple[str, str, str]] = {
    "state": ("State", "state", "state"),
    "priority": ("Priority", "priority", "priority"),
    "team": ("Team", "team_id", "team__name"),
    "assignee": ("Assignee", "assignee_id", "assignee__name"),
    "service": ("Service", "service_id", "service__name"),
    "component": ("Component", "component_id", "component__name"),
    "organisation": ("Organisation", "organisation_id", "organisation__name"),
}
BOARDS = ("state", "priority", "assignee", "team")
MOST_GIVEN = 8_000
# An order no index serves is made among the newest so many tickets of a long list.
MOST_SORTED = 10_000
_INDEXED = frozenset({"newest", "oldest", "reference", "updated", "opened"})
_OPEN_STATES = frozenset({DEFAULT_STATE, "open", "waiting", "development"})


def is_sort(name: str) -> bool:
    """One of the orders, or a column's name with or without a minus."""
    return name in SORTS or name.removeprefix("-") in COLUMNS


def order_of(name: str) -> tuple[str, ...]:
    """The fields an order sorts by; the last is unique."""
    if name in SORTS:
        return SORTS[name][1]
    field = COLUMNS[name.removeprefix("-")].sort
    sign = "-" if name.startswith("-") else ""
    return (f"{sign}{field}",) if field == "id" else (f"{sign}{field}", "-id")


def with_state(given: QueryDict) -> QueryDict:
    """The same conditions with the state said that the list takes by itself: a number is looked
    for in any.
    """
    if not any(given.get(name) for name in ("state", "state_not", "horizon")):
        by_number = parse_reference(given.get("q", "")) is not None
        given.setlist("state", ["any" if by_number else DEFAULT_STATE])
    return given


@dataclass(frozen=True)
class Listing:
    """A list of tickets for one person: its conditions and how it is shown."""

    person: Person
    conditions: QueryDict
    chosen: TicketFilter
    sort: str
    columns: list[Column]
    columns_given: tuple[str, ...]
    group: str
    layout: str
    view_id: int | None
    # Only tickets with greater numbers, where looking through all of them took too long.
    above: int = 0

    @property
    def tickets(self) -> TicketQuerySet:
        """What fits; nothing when a condition makes no sense."""
        fits = self.chosen.qs if self.chosen.is_valid() else Ticket.objects.none()
        fits = fits.filter(pk__gt=self.above) if self.above else fits
        return cast("TicketQuerySet", fits)

    @property
    def sortable(self) -> TicketQuerySet:
        """What the pages of the list are made of.

        Open tickets are few and every order of them is quick. Of all tickets an order that no
        index serves is made among the newest 10,000, or one page would read them all.
        """
        if not self._is_bounded:
            return self.tickets
        newest = self.tickets.order_by("-pk").values("pk")[:MOST_SORTED]
        return Ticket.objects.filter(pk__in=newest)

    @property
    def _is_bounded(self) -> bool:
        name = self.sort.removeprefix("-")
        states = self.conditions.getlist("state")
        indexed = name in _INDEXED and not self.group
        return not indexed and not (states and _OPEN_STATES.issuperset(states))

    @property
    def is_cut(self) -> bool:
        """True when older tickets are left out of `sortable`: the page has to say so."""
        if not self._is_bounded:
            return False
        return self.tickets.order_by("-pk")[MOST_SORTED : MOST_SORTED + 1].exists()

    @property
    def order(self) -> tuple[str, ...]:
        """The fields the rows are sorted by, groups first."""
        fields = order_of(self.sort)
        if not self.group or self.layout == SavedView.Layout.BOARD:
            return fields
        by = GROUPS[self.group][2]
        return (by, *(field for field in fields if field.lstrip("-") != by))

    @property
    def query(self) -> str:
        """The conditions as a query string, for `select_tickets`."""
        return self.conditions.urlencode()

    def address(self, **changes: str | None) -> str:
        """The query string of this list, with some of its words changed or (None) left out."""
        words: dict[str, str | None] = {
            "columns": ",".join(self.columns_given),
            "sort": self.sort if self.sort != usual_sort(self.conditions) else "",
            "group": self.group,
            "layout": self.layout if self.layout != SavedView.Layout.LIST else "",
            "view": str(self.view_id or ""),
        }
        conditions = self.conditions.copy()
        for name, value in changes.items():
            if name in words:
                words[name] = value
            else:
                conditions.setlist(name, [value] if value else [])
        shown = {name: value for name, value in words.items() if value}
        return "&".join(filter(None, (conditions.urlencode(), urlencode(shown))))


def read_in_time(listing: Listing, read: Callable[[Listing], Answer]) -> tuple[Answer, str]:
    """What `read` makes of the list, or of its newest tickets with a sentence that says so.

    TookTooLong, with a sentence, when its words take too long to find among those as well.
    """
    if not listing.conditions.get("q"):
        return read(listing), ""
    return in_time(lambda above: read(replace(listing, above=above)))


def usual_sort(conditions: QueryDict) -> str:
    """Nearest target first for open tickets, newest first for everything else."""
    is_open = conditions.getlist("state") == [DEFAULT_STATE] and not conditions.get("q")
    return "sla" if is_open or conditions.get("horizon") else "newest"


def read_listing(person: Person, given: QueryDict) -> Listing:
    """What the address asks for; words that make no sense stand for the usual."""
    layout = given.get("layout", "")
    if layout not in SavedView.Layout.values:
        layout = SavedView.Layout.LIST
    conditions = only_filters(given)
    if layout == SavedView.Layout.BOARD and not conditions.get("state"):
        conditions.setdefault("horizon", BOARD_WEEKS)
    conditions = with_state(conditions)
    names = tuple(filter(None, ",".join(given.getlist("columns"))[:1000].split(",")))
    sort, group = given.get("sort", ""), given.get("group", "")
    view = given.get("view", "")
    asking = cast("HttpRequest", SimpleNamespace(user=person))
    visible = Ticket.objects.visible_to(person)
    return Listing(
        person=person,
        conditions=conditions,
        chosen=TicketFilter(conditions, queryset=visible, request=asking),
        sort=sort if is_sort(sort) else usual_sort(conditions),
        columns=columns_named(names),
        columns_given=tuple(name for name in names if name in COLUMNS),
        group=_group(group, layout),
        layout=layout,
        view_id=int(view) if view.isdecimal() and len(view) < 18 else None,
    )


def _group(name: str, layout: str) -> str:
    if layout == SavedView.Layout.BOARD:
        return name if name in BOARDS else BOARDS[0]
    return name if name in GROUPS else ""


def read_origin(person: Person, origin: str) -> Listing:
    """The list a ticket was opened from."""
    return read_listing(person, QueryDict(origin[:MOST_GIVEN]))
