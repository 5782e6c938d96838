"""A list in groups with their counts, and a board of columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from core.pages import Page, cursor_after, keyset_page
from incidents.listing.columns import lines_of
from incidents.listing.reading import GROUPS, MOST_SORTED, Listing, order_of
from incidents.models import Ticket
from incidents.models.ticket import Priority, TicketQuerySet
from incidents.workflow import STATE_CHOICES

CARDS = 15
MOST_BOARD_COLUMNS = 14
NONE = "none"
_NOBODY = {"assignee": "Nobody", "team": "No team"}
_PRIORITIES = {value: str(label) for value, label in Priority.choices}
_STATES = dict(STATE_CHOICES)
# Columns a board has even without a ticket: places to move one to.
_ALWAYS: Mapping[str, Mapping[Any, str]] = {
    "priority": _PRIORITIES,
    "state": {name: _STATES[name] for name in ("new", "in_progress", "pending", "resolved")},
}


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
    """Every group of the list with its count, in order: one query, over 10,000 tickets at most.

    In a longer list the groups of the newest 10,000 are named, without counts.
    """
    _, field, name = GROUPS[listing.group]
    counted = list(_newest(listing).order_by().values_list(field, name).annotate(n=Count("pk")))
    too_many = sum(row[2] for row in counted) > MOST_SORTED
    rows = sorted(counted, key=lambda row: _place(listing.group, row[0], row[1]))
    return [_group(listing, value, label, None if too_many else n) for value, label, n in rows]


def _newest(listing: Listing) -> TicketQuerySet:
    """The list, or its newest 10,001 tickets: what is sorted and counted never grows beyond.

    What lies within a few weeks is found by its dates; going through the newest would find it
    only after reading all.
    """
    by = () if "horizon" in listing.conditions else ("-pk",)
    some = listing.tickets.order_by(*by).values("pk")[: MOST_SORTED + 1]
    return Ticket.objects.filter(pk__in=some)


def _group(listing: Listing, value: Any, name: Any, count: int | None) -> Group:
    return Group(
        key_of(value),
        label_of(listing.group, value, name),
        "" if count is None else f"{count:,}",
        listing.address(**{listing.group: key_of(value)}, group="", layout=""),
    )


def _place(group: str, value: Any, name: Any) -> tuple[bool, Any]:
    """States and priorities in their own order, everything else by name; none comes last."""
    if group == "state":
        return False, list(_STATES).index(value)
    return value is None, value if group == "priority" else str(name or "").casefold()


def board_of(listing: Listing) -> list[BoardColumn]:
    """The board's columns with their first cards and their counts: two queries."""
    _, field, name = GROUPS[listing.group]
    order = order_of(listing.sort)
    cards, counts = _first_cards(listing, field, name, order)
    by_value: dict[Any, list[Any]] = {}
    for line in cards:
        by_value.setdefault(getattr(line, field), []).append(line)
    too_many = sum(counts.values()) > MOST_SORTED
    names = {value: getattr(lines[0], name) for value, lines in by_value.items()}
    for value in _ALWAYS.get(listing.group, {}):
        names.setdefault(value, None)
    places = sorted(names, key=lambda value: _place(listing.group, value, names[value]))
    columns = []
    for value in places[:MOST_BOARD_COLUMNS]:
        lines = by_value.get(value, [])
        count = None if too_many else counts.get(value, 0)
        group = _group(listing, value, names[value], count)
        columns.append(BoardColumn(group, lines[:CARDS], _more(listing, group, lines, order)))
    return columns


def _first_cards(
    listing: Listing, field: str, name: str, order: Sequence[str]
) -> tuple[list[Any], Mapping[Any, int]]:
    """The first cards of every column in order, and how many tickets each column has.

    Only numbers are sorted; what a card shows is read of the few that are shown.
    """
    placed = (
        _newest(listing)
        .annotate(
            place=Window(RowNumber(), partition_by=F(field), order_by=_sql(order)),
            in_group=Window(Count("pk"), partition_by=F(field)),
        )
        .filter(place__lte=CARDS + 1)
        .order_by()
    )
    found = {pk: rest for pk, *rest in placed.values_list("pk", "place", field, "in_group")}
    lines = lines_of(Ticket.objects.filter(pk__in=found), (), (field, name, *_plain(order)))
    cards = sorted(lines.order_by(), key=lambda line: found[line.id][0])
    return cards, {value: count for _, value, count in found.values()}


def _more(listing: Listing, group: Group, lines: Sequence[Any], order: Sequence[str]) -> str:
    if len(lines) <= CARDS:
        return ""
    after = {"column": group.key, "cursor": cursor_after(lines[CARDS - 1], order)}
    return f"{listing.address()}&{urlencode(after)}"


def more_cards(listing: Listing, key: str, cursor: str | None) -> Page[Any]:
    """The next cards of one column, by key."""
    field, order = GROUPS[listing.group][1], order_of(listing.sort)
    in_column = {f"{field}__isnull": True} if key == NONE else {field: key}
    lines = lines_of(listing.tickets.filter(**in_column), (), _plain(order))
    return keyset_page(lines, order=order, cursor=cursor, size=CARDS)


def _plain(order: Sequence[str]) -> list[str]:
    return [name.lstrip("-") for name in order]


def _sql(order: Sequence[str]) -> list[Any]:
    """The order with missing values last, as pages have it."""
    return [
        F(name[1:]).desc(nulls_last=True) if name.startswith("-") else F(name).asc(nulls_last=True)
        for name in order
    ]
