"""A list in groups with their counts, and a board of columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, QuerySet

from core.pages import Page, cursor_after, keyset_page
from incidents.listing.columns import lines_of
from incidents.listing.reading import GROUPS, Listing, order_of
from incidents.models import Ticket
from incidents.models.ticket import Priority
from incidents.workflow import STATE_CHOICES

# Counting stops here, whatever the size of the list.
MOST_COUNTED = 10_000
CARDS = 15
MOST_BOARD_COLUMNS = 14
NONE = "none"
_NOBODY = {"assignee": "Nobody", "team": "No team"}
_PRIORITIES = {value: str(label) for value, label in Priority.choices}
_STATES = dict(STATE_CHOICES)


@dataclass(frozen=True)
class Group:
    """Tickets that share a value: `key` as the filter writes it, and how many there are."""

    key: str
    label: str
    count: str
    query: str


@dataclass(frozen=True)
class BoardColumn:
    """A column of a board with its first cards; `more` leads to the next ones."""

    group: Group
    lines: list[Any]
    more: str


def label_of(group: str, value: Any, name: Any) -> str:
    """What a group is called."""
    if group == "state":
        return _STATES.get(value, str(value))
    if group == "priority":
        return _PRIORITIES.get(value, str(value))
    return str(name) if name else _NOBODY.get(group, f"No {GROUPS[group][0].lower()}")


def key_of(value: Any) -> str:
    """A group's value as the filter of the same name writes it."""
    return NONE if value is None else str(value)


def groups_of(listing: Listing) -> list[Group]:
    """Every group of the list with its count, in order; one query, which stops at 10,000 rows.

    In a longer list groups are named as far as those rows go, without counts.
    """
    _, field, name = GROUPS[listing.group]
    some = listing.tickets.order_by().values("pk")[: MOST_COUNTED + 1]
    tickets = Ticket.objects.filter(pk__in=some).order_by()
    counted = list(tickets.values_list(field, name).annotate(n=Count("pk")))
    too_many = sum(row[2] for row in counted) > MOST_COUNTED
    rows = sorted(counted, key=lambda row: _place(listing.group, row[0], row[1]))
    return [
        Group(
            key_of(value),
            label_of(listing.group, value, label),
            "" if too_many else f"{count:,}",
            listing.address(**{listing.group: key_of(value)}, group="", layout=""),
        )
        for value, label, count in rows
    ]


def _place(group: str, value: Any, name: Any) -> tuple[bool, Any]:
    """States and priorities in their own order, everything else by name; none comes last."""
    if group == "state":
        return False, list(_STATES).index(value)
    return value is None, value if group == "priority" else str(name or "").casefold()


def board_of(listing: Listing) -> list[BoardColumn]:
    """The board's columns with their first cards: two queries, whatever the number of columns."""
    groups = groups_of(listing)
    if listing.group == "priority":
        groups = _every_priority(listing, groups)
    shown = groups[:MOST_BOARD_COLUMNS]
    cards, order = _first_cards(listing, shown), order_of(listing.sort)
    columns = []
    for group in shown:
        lines = cards.get(group.key, [])
        more = ""
        if len(lines) > CARDS:
            after = urlencode(
                {"column": group.key, "cursor": cursor_after(lines[CARDS - 1], order)}
            )
            more = f"{listing.address()}&{after}"
        columns.append(BoardColumn(group, lines[:CARDS], more))
    return columns


def _every_priority(listing: Listing, groups: Sequence[Group]) -> list[Group]:
    """Priorities without a ticket are places to move one to."""
    known = {group.key: group for group in groups}
    return [
        known.get(str(value))
        or Group(str(value), label, "0", listing.address(priority=str(value), group="", layout=""))
        for value, label in _PRIORITIES.items()
    ]


def _in_group(listing: Listing, key: str) -> QuerySet[Any]:
    field = GROUPS[listing.group][1]
    if key == NONE:
        return listing.tickets.filter(**{f"{field}__isnull": True})
    return listing.tickets.filter(**{field: key})


def _first_cards(listing: Listing, groups: Sequence[Group]) -> Mapping[str, list[Any]]:
    """The first cards of every group, in one statement."""
    field = GROUPS[listing.group][1]
    order = order_of(listing.sort)
    arms = [
        lines_of(_in_group(listing, group.key), (), (field, *_plain(order))).order_by(*_sql(order))[
            : CARDS + 1
        ]
        for group in groups
        if group.count != "0"
    ]
    if not arms:
        return {}
    found: dict[str, list[Any]] = {}
    for line in arms[0].union(*arms[1:], all=True) if len(arms) > 1 else arms[0]:
        found.setdefault(key_of(getattr(line, field)), []).append(line)
    return found


def more_cards(listing: Listing, key: str, cursor: str | None) -> Page[Any]:
    """The next cards of one column, by key."""
    order = order_of(listing.sort)
    lines = lines_of(_in_group(listing, key), (), _plain(order))
    return keyset_page(lines, order=order, cursor=cursor, size=CARDS)


def _plain(order: Sequence[str]) -> list[str]:
    return [name.lstrip("-") for name in order]


def _sql(order: Sequence[str]) -> list[Any]:
    """The order with missing values last, as pages have it."""
    return [
        F(name[1:]).desc(nulls_last=True) if name.startswith("-") else F(name).asc(nulls_last=True)
        for name in order
    ]
