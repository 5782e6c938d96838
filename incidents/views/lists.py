"""My desk and the queues."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.availability.reading import absences_now, left_to_the_team, stood_in_for
from core.boxes import draw_boxes
from core.pages import Page, keyset_page, page_links, wants_fragment
from core.requests import SignedInRequest
from core.time_limits import TookTooLong
from incidents import queues
from incidents.jobs.operations import operations_for
from incidents.listing.columns import lines_of
from incidents.listing.groups import BoardColumn, Group, board_of, groups_of, label_of, more_cards
from incidents.listing.reading import GROUPS, Listing, read_in_time, read_listing
from incidents.models import Draft, SavedView, TicketTask
from incidents.views.narrowing import bar_of, shelf_of

Answer = TypeVar("Answer")
EMPTY: Page[Any] = Page([], None, None)
DESK_ROWS = 50
# These stand on the bar of chosen tickets; the others are one press further.
QUICK_OPERATIONS = {"edit": "e", "assign": "a", "wait": "w", "resolve": "r"}


@require_safe
def desk(request: SignedInRequest) -> HttpResponseBase:
    """What is assigned to me, and what waits in my teams' queues, nearest target first."""
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
    if wants_fragment(request):
        return _varied(render(request, "incidents/_desk_lists.html", context))
    context["boxes"] = draw_boxes(request, request.user, "desk")
    return _varied(render(request, "incidents/desk.html", context))


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
    shown, only_newest, too_slow = _in_time(listing, lambda one: _page(request, one), _Shown(EMPTY))
    rows = queues.rows_of(shown.page.rows, now, listing.columns)
    context: dict[str, Any] = {
        "parts": _parts(listing, shown, rows),
        "columns": listing.columns,
        "links": page_links(request, shown.page),
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
        "cut": shown.cut,
        "only_newest": only_newest,
        "operations": _operations(request),
    }
    return _drawn(request, "incidents/tickets.html", context, too_slow)


@dataclass(frozen=True)
class _Shown:
    """One page of the list, the groups when it has some, and whether older ones are left out."""

    page: Page[Any]
    groups: list[Group] = field(default_factory=list)
    cut: bool = False


def _in_time(
    listing: Listing, read: Callable[[Listing], Answer], nothing: Answer
) -> tuple[Answer, str, str]:
    """What was read in time, a sentence when only of the newest, and one when not at all."""
    try:
        return *read_in_time(listing, read), ""
    except TookTooLong as error:
        return nothing, "", error.message


def _drawn(
    request: SignedInRequest, template: str, context: dict[str, Any], too_slow: str
) -> HttpResponse:
    if too_slow:
        context["bar"].errors.append(("Words or number", too_slow))
    return _varied(render(request, template, context, status=422 if too_slow else 200))


def _page(request: SignedInRequest, listing: Listing) -> _Shown:
    named = GROUPS[listing.group][1:] if listing.group else ()
    order = listing.order
    lines = lines_of(listing.sortable, listing.columns, [*_plain(order), *named])
    page = keyset_page(lines, order=order, cursor=request.GET.get("cursor") or None)
    if wants_fragment(request):
        return _Shown(page, groups_of(listing) if listing.group else [])
    return _Shown(page, groups_of(listing) if listing.group else [], listing.is_cut)


def _plain(order: tuple[str, ...]) -> list[str]:
    return [name.lstrip("-") for name in order]


def _parts(listing: Listing, shown: _Shown, rows: list[queues.Row]) -> list[dict[str, Any]]:
    """The rows under the headings of their groups; one part without a heading when not grouped."""
    if not listing.group:
        return [{"rows": rows}]
    _, field, name = GROUPS[listing.group]
    counts = {group.label: group for group in shown.groups}
    parts: list[dict[str, Any]] = []
    for line, row in zip(shown.page.rows, rows, strict=True):
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
        cursor = request.GET.get("cursor") or None
        page, _, _ = _in_time(listing, lambda one: more_cards(one, key, cursor), EMPTY)
        context |= {
            "cards": queues.rows_of(page.rows, now, ()),
            "more": _more(listing, key, page.next_cursor),
        }
        return _varied(render(request, "incidents/_cards.html", context))
    none: list[BoardColumn] = []
    board, only_newest, too_slow = _in_time(listing, board_of, none)
    columns = [
        {
            "group": column.group,
            "cards": queues.rows_of(column.lines, now, ()),
            "more": f"?{column.more}" if column.more else "",
        }
        for column in board
    ]
    cut = any(not column.group.count for column in board)
    context |= _frame(request, listing) | {
        "columns": columns,
        "cut": cut,
        "only_newest": only_newest,
    }
    return _drawn(request, "incidents/board.html", context, too_slow)


def _more(listing: Listing, key: str, cursor: str | None) -> str:
    if cursor is None:
        return ""
    return f"?{listing.address()}&{urlencode({'column': key, 'cursor': cursor})}"


def _varied(response: HttpResponse) -> HttpResponse:
    response["Vary"] = "HX-Request"
    return response
