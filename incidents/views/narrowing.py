"""What stands around a list of tickets: saved views with their numbers, filters, what is chosen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Person
from core.requests import SignedInRequest
from incidents import choices
from incidents.filters import GROUP_CHOICES, TicketFilter
from incidents.listing.narrowing import ShowForm, narrowing_form
from incidents.listing.reading import SORTS, Listing, read_listing
from incidents.models import Kind, SavedView
from incidents.models.ticket import Priority
from incidents.queues import HOURS_AHEAD, forecast
from incidents.saved_views.actions import may_change
from incidents.saved_views.counting import badge, counts_for

FORECAST = f"state=unresolved&breaching_within={HOURS_AHEAD}"
# Lists everybody has; each is an address like any other.
EVERYBODYS = [
    ("Unresolved", "state=unresolved"),
    ("Mine", "state=unresolved&assignee=me"),
    ("Nobody's", "state=unresolved&assignee=nobody"),
    ("With development", "state=development"),
    ("Past target", "state=unresolved&overdue=true"),
    (f"Over within {HOURS_AHEAD} h", FORECAST),
    ("Resolved", "state=resolved"),
    ("All", "state=any"),
]


@dataclass(frozen=True)
class Shelf:
    """The lists and views a person can open, and the view that is open."""

    lists: list[tuple[str, str, bool, str]]
    views: list[tuple[SavedView, str, bool]]
    open: SavedView | None
    changed: bool
    may_change: bool


def shelf_of(person: Person, listing: Listing) -> Shelf:
    """Every view with its number: two queries, however many there are."""
    views = list(SavedView.objects.visible_to(person).select_related("team").in_order())
    counts = counts_for(person) if views else {}
    chosen = next((view for view in views if view.pk == listing.view_id), None)
    now = listing.query
    soon = str(forecast(person) or "")
    return Shelf(
        lists=[
            (label, query, chosen is None and query == now, soon if query == FORECAST else "")
            for label, query in EVERYBODYS
        ],
        views=[(view, badge(view, counts, person), view is chosen) for view in views],
        open=chosen,
        changed=chosen is not None and _shown(listing) != _kept(chosen),
        may_change=chosen is not None and may_change(person, chosen),
    )


def _shown(listing: Listing) -> tuple[object, ...]:
    return (listing.query, list(listing.columns_given), listing.sort, listing.group, listing.layout)


def _kept(view: SavedView) -> tuple[object, ...]:
    listing_group = view.grouping or ("state" if view.layout == SavedView.Layout.BOARD else "")
    sort = view.sort
    return (view.query, view.columns, sort, listing_group, view.layout)


@dataclass(frozen=True)
class Chip:
    """A condition in words, and the list without it."""

    label: str
    values: str
    without: str


@dataclass(frozen=True)
class Bar:
    """The filters on top of a list: those to choose from, and those that hold already."""

    q: str
    selects: list[dict[str, Any]]
    chips: list[Chip]
    hidden: list[tuple[str, str]]
    errors: list[tuple[str, str]]
    sorts: list[tuple[str, str, bool]]
    everything: str


def bar_of(listing: Listing) -> Bar:
    """The usual filters as selects; every other condition as a chip that can be taken away."""
    given, known = listing.conditions, _known_choices()
    selects = []
    if not given.get("state"):
        known[0] = ("state", "State", [("", "Open or just ended"), *GROUP_CHOICES])
    for name, label, rows in known:
        if len(given.getlist(name)) < 2 and _offered(rows, given.get(name, "")):
            selects.append(
                {
                    "name": name,
                    "label": label,
                    "options": choices.options(rows, given.get(name, "")),
                }
            )
    drawn = {one["name"] for one in selects} | {"q"}
    rest = [name for name in given if name not in drawn]
    hidden = [(name, value) for name in rest for value in given.getlist(name)]
    return Bar(
        q=given.get("q", ""),
        selects=selects,
        chips=[_chip(listing, name) for name in rest],
        hidden=[*hidden, *_shown_words(listing)],
        errors=[
            (str(TicketFilter.base_filters[name].label), str(sentences[0]))
            for name, sentences in listing.chosen.errors.items()
            if name in TicketFilter.base_filters
        ],
        sorts=_sorts(listing),
        everything=listing.address(),
    )


def _offered(rows: Iterable[tuple[Any, str]], value: str) -> bool:
    return value == "" or value in {str(key) for key, _ in rows}


def _shown_words(listing: Listing) -> list[tuple[str, str]]:
    words = {
        "columns": ",".join(listing.columns_given),
        "group": listing.group,
        "layout": listing.layout if listing.layout != SavedView.Layout.LIST else "",
        "view": str(listing.view_id or ""),
    }
    return [(name, value) for name, value in words.items() if value]


def _sorts(listing: Listing) -> list[tuple[str, str, bool]]:
    known = [*((name, label) for name, (label, _) in SORTS.items()), ("priority", "Priority")]
    if listing.sort not in dict(known):
        downwards = listing.sort.startswith("-")
        name = listing.sort.removeprefix("-")
        label = next((column.label for column in listing.columns if column.name == name), name)
        known.append((listing.sort, f"{label} {'down' if downwards else 'up'}"))
    return [(name, label, name == listing.sort) for name, label in known]


def _known_choices() -> list[tuple[str, str, list[tuple[Any, str]]]]:
    known = choices.all_choices()
    return [
        ("state", "State", list(GROUP_CHOICES)),
        ("assignee", "Assignee", [("", "Anybody"), ("me", "Me"), ("nobody", "Nobody")]),
        ("priority", "Priority", [("", "Any"), *Priority.choices]),
        ("team", "Team", [("", "Any"), *known["teams"]]),
        ("service", "Service", [("", "Any"), *known["services"]]),
        ("component", "Component", [("", "Any"), *known["components"]]),
        ("organisation", "Organisation", [("", "Any"), *known["organisations"]]),
        ("kind", "Kind", [("", "Any"), *Kind.choices]),
    ]


def _chip(listing: Listing, name: str) -> Chip:
    label = str(TicketFilter.base_filters[name].label)
    words = _words_of(listing, name)
    values = [words.get(value, value) for value in listing.conditions.getlist(name)]
    return Chip(label, ", ".join(values), listing.address(**{name: None}))


def _words_of(listing: Listing, name: str) -> Mapping[str, str]:
    """What the values of a condition are called."""
    field = listing.chosen.form.fields[name]
    cleaned = listing.chosen.form.cleaned_data.get(name) if listing.chosen.form.is_bound else None
    if hasattr(field, "queryset"):
        rows = cleaned or ()
        return {str(getattr(row, "pk", row)): str(row) for row in rows}
    if name in ("assignee", "assignee_not"):
        return _people(listing.person, listing.conditions.getlist(name))
    found = getattr(field, "choices", ())
    return {**{str(key): str(label) for key, label in found}, "true": "yes", "false": "no"}


def _people(reader: Person, values: list[str]) -> Mapping[str, str]:
    numbers = [value for value in values if value.isdecimal() and len(value) < 18]
    people = Person.objects.visible_to(reader).filter(pk__in=numbers) if numbers else ()
    named = {str(person.pk): person.name for person in people}
    return {"me": "Me", "nobody": "Nobody", **named}


@require_safe
def narrow(request: SignedInRequest) -> HttpResponseBase:
    """Every filter, and the columns, order and layout, on a page that leads to the list."""
    if not request.user.is_staff_member:
        return redirect("incidents:portal")
    listing = read_listing(request.user, request.GET)
    return _drawn(request, listing)


def _drawn(request: SignedInRequest, listing: Listing) -> HttpResponse:
    form = narrowing_form(listing.chosen, listing.person)
    initial = {
        "columns": [column.name for column in listing.columns],
        "sort": listing.sort,
        "group": listing.group,
        "layout": listing.layout,
    }
    context = {
        "sections": form,
        "show": ShowForm(initial=initial, auto_id="show_%s"),
        "listing": listing,
        "back": listing.address(),
    }
    return render(request, "incidents/narrow.html", context)
