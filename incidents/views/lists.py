"""My desk and the queues."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.pages import keyset_page, page_links, wants_fragment
from core.requests import SignedInRequest
from incidents import choices, queues
from incidents.filters import STATES, TicketFilter
from incidents.models import Draft, Kind, Ticket
from incidents.models.ticket import Priority

DESK_ROWS = 50
DEFAULT_STATE = "unresolved"


@require_safe
def desk(request: SignedInRequest) -> HttpResponseBase:
    """What is assigned to me, and what waits in my teams' queues, by resolution target."""
    if not request.user.is_staff_member:
        return redirect("incidents:portal")
    now = timezone.now()
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
    drafts = Draft.objects.ticket_ids_of(request.user)
    context = {"lists": lists, "now": now, "origin": queues.DESK, "my_drafts": drafts}
    template = "incidents/_desk_lists.html" if wants_fragment(request) else "incidents/desk.html"
    return _varied(render(request, template, context))


def _desk_list(key: str, title: str, tickets: Any, query: str, now: Any) -> dict[str, Any]:
    found = list(queues.listed(queues.by_target(tickets))[: DESK_ROWS + 1])
    return {
        "key": key,
        "title": title,
        "rows": queues.rows_of(found[:DESK_ROWS], now),
        "more": f"?{query}" if len(found) > DESK_ROWS else "",
        "count": f"{DESK_ROWS}+" if len(found) > DESK_ROWS else len(found),
    }


@require_safe
def tickets(request: SignedInRequest) -> HttpResponseBase:
    """Every ticket one may see, narrowed by the filter, in one of the orders of the list."""
    if not request.user.is_staff_member:
        return redirect("incidents:portal")
    given = request.GET.copy()
    given.setdefault("state", DEFAULT_STATE)
    visible = Ticket.objects.visible_to(request.user)
    chosen = TicketFilter(given, queryset=visible, request=request)
    sort = given.get("sort", "")
    if sort not in queues.SORTS:
        sort = "sla" if given["state"] == DEFAULT_STATE and not given.get("q") else "newest"
    page = keyset_page(
        queues.listed(chosen.qs),
        order=queues.SORTS[sort][1],
        cursor=request.GET.get("cursor") or None,
    )
    now = timezone.now()
    context: dict[str, Any] = {
        "rows": queues.rows_of(page.rows, now),
        "links": page_links(request, page),
        "now": now,
        "origin": _origin(given),
        "my_drafts": Draft.objects.ticket_ids_of(request.user),
        "address": request.get_full_path(),
    }
    if not wants_fragment(request):
        context |= {"filters": _filters(chosen, given), "sort": sort, "sorts": queues.SORTS}
        return _varied(render(request, "incidents/tickets.html", context))
    return _varied(render(request, "incidents/_rows.html", context))


def _origin(given: QueryDict) -> str:
    kept = given.copy()
    kept.pop("cursor", None)
    return kept.urlencode()


def _filters(chosen: TicketFilter, given: QueryDict) -> dict[str, Any]:
    """The filter's choices and what is chosen; its form draws each option too slowly here."""
    known = choices.all_choices()
    selects: list[tuple[str, str, list[tuple[Any, str]]]] = [
        ("state", "State", [(name, label) for name, (label, _) in STATES.items()]),
        ("assignee", "Assignee", [("", "Anybody"), ("me", "Me"), ("nobody", "Nobody")]),
        ("priority", "Priority", [("", "Any"), *Priority.choices]),
        ("team", "Team", [("", "Any"), *known["teams"]]),
        ("service", "Service", [("", "Any"), *known["services"]]),
        ("component", "Component", [("", "Any"), *known["components"]]),
        ("organisation", "Organisation", [("", "Any"), *known["organisations"]]),
        ("kind", "Kind", [("", "Any"), *Kind.choices]),
    ]
    errors = chosen.errors
    return {
        "q": given.get("q", ""),
        "q_errors": errors.get("q"),
        "selects": [
            {
                "name": name,
                "label": label,
                "options": choices.options(rows, given.get(name, "")),
                "errors": errors.get(name),
            }
            for name, label, rows in selects
        ],
        "chosen": sum(bool(given.get(name)) for name, _, _ in selects[2:]),
    }


def _varied(response: HttpResponse) -> HttpResponse:
    response["Vary"] = "HX-Request"
    return response
