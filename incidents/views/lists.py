"""My desk and the queues."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.availability.reading import absences_now, left_to_the_team, stood_in_for
from core.pages import Page, keyset_page, page_links, wants_fragment
from core.requests import SignedInRequest
from core.time_limits import TookTooLong
from incidents import queues
from incidents.jobs.operations import operations_for
from incidents.listing.columns import lines_of
from incidents.listing.groups import board_of, groups_of, label_of, more_cards
from incidents.listing.reading import GROUPS, Listing, read_listing
from incidents.models import Draft, SavedView, TicketTask
from incidents.searching import search_limit
from incidents.views.narrowing import bar_of, shelf_of

DESK_ROWS = 50
# These stand on the bar of chosen tickets; the others are one press further.
QUICK_OPERATIONS = {"edit": "e", "assign": "a", "wait": "w", "resolve": "r"}


@require_safe
def desk(request: SignedInRequest) -> HttpResponseBase:
    """What is assigned to me, and what waits in my teams' queues, by resolution target."""
    if not request.user.is_staff_member:
        return redirect("incidents:portal")
    now = timezone.now()
    away = absences_now(now)
    lists = [
        _desk_list("mine", "Assigned to you", queues.mine(request.user), "assignee=me", now),
        _desk_list(
            "teams",
            "In your teams' queues, not taken",
            queues.waiting_for_somebody(request.user),
            "assignee=nobody",
            now,
        ),
    ]
    lists += [
        _desk_list(
            f"for-{absence.person_id}",
            f"For {absence.person.name}, away until {_day(absence.ends_at)}",
            queues.of_colleague(request.user, absence.person),
            f"assignee={absence.person_id}",
            now,
        )
        for absence in stood_in_for(request.user, away)
    ]
    left = left_to_the_team(away)
    if left:
        names = ", ".join(sorted(absence.person.name for absence in left.values()))
        found = queues.left_to_the_team(request.user, left)
        line = _desk_list("left", f"Nobody stands in for {names}", found, _owned_by(left), now)
        lists += [line] if line["parts"] else []
    tasks = TicketTask.objects.visible_to(request.user).to_do().filter(assignee=request.user)
    tasks = tasks.select_related("ticket").order_by(F("due_at").asc(nulls_last=True), "pk")
    context = {
        "lists": lists,
        "tasks": tasks[:DESK_ROWS],
        "now": now,
        "origin": queues.DESK,
        "columns": queues.USUAL,
        "my_drafts": Draft.objects.ticket_ids_of(request.user),
    }
    template = "incidents/_desk_lists.html" if wants_fragment(request) else "incidents/desk.html"
    return _varied(render(request, template, context))


def _owned_by(people: Iterable[int]) -> str:
    """The query string of the list of what these people own."""
    return urlencode([("assignee", number) for number in people])


def _day(when: datetime) -> str:
    local = timezone.localtime(when)
    return f"{local.day} {local:%b, %H:%M}"


def _desk_list(key: str, title: str, tickets: Any, query: str, now: Any) -> dict[str, Any]:
    found = list(queues.listed(queues.by_target(tickets))[: DESK_ROWS + 1])
    return {
        "key": key,
        "title": title,
        "parts": [{"rows": queues.rows_of(found[:DESK_ROWS], now)}] if found else [],
        "more": f"?{query}" if len(found) > DESK_ROWS else "",
        "count": f"{DESK_ROWS}+" if len(found) > DESK_ROWS else len(found),
    }


@require_safe
def tickets(request: SignedInRequest) -> HttpResponseBase:
    """Every ticket one may see, narrowed and shown as the address says."""
    if not request.user.is_staff_member:
        return redirect("incidents:portal")
    listing = read_listing(request.user, request.GET)
    if listing.layout == SavedView.Layout.BOARD:
        return _board(request, listing)
    return _list(request, listing)


def _list(request: SignedInRequest, listing: Listing) -> HttpResponse:
    now = timezone.now()
    page, too_slow = _page(request, listing)
    rows = queues.rows_of(page.rows, now, listing.columns)
    context: dict[str, Any] = {
        "parts": _parts(listing, page.rows, rows),
        "columns": listing.columns,
        "links": page_links(request, page),
        "now": now,
        "origin": listing.address(),
        "my_drafts": Draft.objects.ticket_ids_of(request.user),
        "address": request.get_full_path(),
        "pickable": True,
        "count": len(rows),
    }
    if wants_fragment(request):
        return _varied(render(request, "incidents/_rows.html", context))
    context |= _frame(request, listing) | {
        "heads": _heads(listing),
        "cut": listing.is_cut,
        "operations": _operations(request),
    }
    if too_slow:
        context["bar"].errors.append(("Words or number", too_slow))
    status = 422 if too_slow else 200
    return _varied(render(request, "incidents/tickets.html", context, status=status))


def _page(request: SignedInRequest, listing: Listing) -> tuple[Page[Any], str]:
    """One page of the list; an empty one and a sentence when its words took too long to find."""
    named = GROUPS[listing.group][1:] if listing.group else ()
    order = listing.order
    lines = lines_of(listing.sortable, listing.columns, [*_plain(order), *named])
    cursor = request.GET.get("cursor") or None
    if not listing.conditions.get("q"):
        return keyset_page(lines, order=order, cursor=cursor), ""
    try:
        with search_limit():
            return keyset_page(lines, order=order, cursor=cursor), ""
    except TookTooLong as error:
        return Page([], None, None), error.message


def _plain(order: tuple[str, ...]) -> list[str]:
    return [name.lstrip("-") for name in order]


def _parts(listing: Listing, lines: list[Any], rows: list[queues.Row]) -> list[dict[str, Any]]:
    """The rows under the headings of their groups; one part without a heading when not grouped."""
    if not listing.group:
        return [{"rows": rows}]
    _, field, name = GROUPS[listing.group]
    counts = {group.label: group for group in groups_of(listing)}
    parts: list[dict[str, Any]] = []
    for line, row in zip(lines, rows, strict=True):
        label = label_of(listing.group, getattr(line, field), getattr(line, name))
        if not parts or parts[-1]["label"] != label:
            parts.append({"label": label, "group": counts.get(label), "rows": []})
        parts[-1]["rows"].append(row)
    return parts


def _heads(listing: Listing) -> list[dict[str, str]]:
    """The columns' heads; each sorts by its column, the other way when it does so already."""
    sorted_by = {"sla": "target", "newest": "-reference", "oldest": "reference"}.get(
        listing.sort, listing.sort
    )
    heads = []
    for label, name, css in [
        ("Ticket", "title", ""),
        *((column.label, column.name, column.css) for column in listing.columns),
    ]:
        direction = {name: "ascending", f"-{name}": "descending"}.get(sorted_by, "")
        turned = f"-{name}" if direction == "ascending" else name
        heads.append(
            {
                "label": label,
                "css": "number" if css == "number" else "",
                "address": listing.address(sort=turned),
                "direction": direction,
            }
        )
    return heads


def _operations(request: SignedInRequest) -> dict[str, Any]:
    known = operations_for(request.user)
    return {
        "quick": [
            (one, QUICK_OPERATIONS[one.name]) for one in known if one.name in QUICK_OPERATIONS
        ],
        "more": [one for one in known if one.name not in QUICK_OPERATIONS],
    }


def _frame(request: SignedInRequest, listing: Listing) -> dict[str, Any]:
    """What stands around the rows of a list or the columns of a board."""
    return {
        "listing": listing,
        "shelf": shelf_of(request.user, listing),
        "bar": bar_of(listing),
        "as_list": listing.address(layout="", group=""),
        "as_board": listing.address(layout="board", group=""),
    }


def _board(request: SignedInRequest, listing: Listing) -> HttpResponse:
    now = timezone.now()
    key = request.GET.get("column", "")
    context: dict[str, Any] = {"now": now, "origin": listing.address(), "by": listing.group}
    if key and wants_fragment(request):
        page = more_cards(listing, key, request.GET.get("cursor") or None)
        context |= {
            "cards": queues.rows_of(page.rows, now, ()),
            "more": _more(listing, key, page.next_cursor),
        }
        return _varied(render(request, "incidents/_cards.html", context))
    board = board_of(listing)
    columns = [
        {
            "group": column.group,
            "cards": queues.rows_of(column.lines, now, ()),
            "more": f"?{column.more}" if column.more else "",
        }
        for column in board
    ]
    cut = any(not column.group.count for column in board)
    context |= _frame(request, listing) | {"columns": columns, "cut": cut}
    return _varied(render(request, "incidents/board.html", context))


def _more(listing: Listing, key: str, cursor: str | None) -> str:
    if cursor is None:
        return ""
    return f"?{listing.address()}&{urlencode({'column': key, 'cursor': cursor})}"


def _varied(response: HttpResponse) -> HttpResponse:
    response["Vary"] = "HX-Request"
    return response
