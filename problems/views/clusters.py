"""The clusters page and a cluster's page."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from core.boxes import draw_boxes
from core.models import Event
from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from incidents.models import Ticket
from problems import permissions
from problems.filters import CLUSTER_GROUPS, CLUSTER_STATES, ClusterFilter
from problems.forms import AddTicketForm
from problems.models import Cluster, ClusterMember, ClusterMove, ClusterRun, Problem, ProblemTicket
from problems.places import most_concerned
from problems.trends import CONFIDENCE, trend_of
from problems.views.runs import progress_of

ORDERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "urgent": ("Accelerating, then largest", ("-is_burst", "-ticket_count", "-id")),
    "latest": ("Seen last", ("-last_seen_at", "-id")),
    "newest": ("Seen first", ("-first_seen_at", "-id")),
}
CARDS = 24
MEMBERS = 25


@require_GET
def clusters(request: SignedInRequest) -> HttpResponse:
    """Candidate and confirmed causes as cards."""
    person = request.user
    rows = Cluster.objects.visible_to(person).filter(ticket_count__gt=0)
    rows = rows.defer("centroid", "keys").select_related("service", "component")
    problems = Problem.objects.visible_to(person).only("title", "state", "cluster")
    rows = rows.prefetch_related(Prefetch("problems", problems))
    narrowed = ClusterFilter(request.GET, rows, request=request)
    order = request.GET.get("sort", "urgent")
    order = order if order in ORDERS else "urgent"
    page = keyset_page(
        narrowed.qs if narrowed.is_valid() else rows.none(),
        order=ORDERS[order][1],
        cursor=request.GET.get("cursor"),
        size=CARDS,
    )
    runs = ClusterRun.objects.visible_to(person).defer("mean", "parameters")
    unfinished = runs.unfinished().first()
    context = {
        "filter": narrowed,
        "groups": [(name, CLUSTER_STATES[name][0]) for name in CLUSTER_GROUPS],
        "orders": [(name, label) for name, (label, _) in ORDERS.items()],
        "order": order,
        "page": page,
        "cards": _cards(request, page.rows),
        "links": page_links(request, page),
        "progress": progress_of(unfinished) if unfinished else None,
        "last_run": runs.filter(state="done", kind="window").select_related("scope").first(),
        "may_run": permissions.may(person, "request_run") and unfinished is None,
        "may_cancel": permissions.may(person, "cancel_run"),
        "to_look_at": ClusterMove.objects.visible_to(person).undecided().exists(),
        "may_see_quality": permissions.may(person, "see_quality"),
    }
    return render(request, "problems/clusters.html", context)


def _cards(request: SignedInRequest, rows: Sequence[Cluster]) -> list[dict[str, Any]]:
    """What each card shows; the number of statements does not depend on how many there are."""
    quotes = _quotes(request, rows)
    person = request.user
    return [
        {
            "cluster": row,
            "trend": trend_of(row),
            "quote": quotes.get(row.pk, ""),
            "problem": next(iter(row.problems.all()), None),
            "steps": {step.name for step in permissions.allowed_steps(person, row)},
        }
        for row in rows
    ]


def _quotes(request: SignedInRequest, rows: Sequence[Cluster]) -> dict[int, str]:
    """A typical ticket's title for each cluster, other than the cluster's own if it can be."""
    titles = {row.pk: row.title.casefold() for row in rows}
    found: dict[int, str] = {}
    tickets = Ticket.objects.visible_to(request.user).filter(
        pk__in=ClusterMember.objects.filter(  # visibility: narrowed to visible tickets around it
            cluster_id__in=titles, is_representative=True
        ).values("ticket_id")
    )
    homes = dict(
        ClusterMember.objects.filter(  # visibility: only of the clusters listed
            cluster_id__in=titles, is_representative=True
        ).values_list("ticket_id", "cluster_id")
    )
    for pk, title in tickets.order_by("-pk").values_list("pk", "title"):
        home = homes[pk]
        if title.casefold() != titles[home] or home not in found:
            found[home] = title
    return found


@require_GET
def cluster(request: SignedInRequest, pk: int) -> HttpResponse:
    """One cluster: members with their reasons, terms, inflow, cost and what may be done."""
    person = request.user
    found = get_object_or_404(
        Cluster.objects.visible_to(person)
        .defer("centroid", "keys")
        .select_related("service", "component", "confirmed_by", "last_run"),
        pk=pk,
    )
    page = keyset_page(
        found.members.filter(ticket__in=Ticket.objects.visible_to(person)).select_related(
            "ticket__organisation"
        ),
        order=("-confidence", "-id"),
        cursor=request.GET.get("cursor"),
        size=MEMBERS,
    )
    visible = Ticket.objects.visible_to(person).filter(pk__in=found.members.values("ticket_id"))
    typical = visible.filter(
        pk__in=found.members.filter(is_representative=True).values("ticket_id")
    ).select_related("organisation")
    context = {
        "cluster": found,
        "trend": trend_of(found),
        "confidence_definition": CONFIDENCE,
        "steps": {step.name for step in permissions.allowed_steps(person, found)},
        "rights": {
            step: permissions.may(person, step, found)
            for step in (
                "rename",
                "lock",
                "merge",
                "undo_merge",
                "split",
                "add_member",
                "remove_member",
                "withdraw_word",
            )
        },
        "page": page,
        "links": page_links(request, page),
        "hidden": found.ticket_count - visible.count(),
        "typical": typical[:5],
        "chart": weekly_chart(found.weekly),
        "organisations": most_concerned(visible, "organisation"),
        "problems": _problems(request, found),
        "components": most_concerned(visible, "component"),
        "merges": found.merges.filter(undone_at=None).select_related("source", "person"),
        "words": found.constraints.filter(ticket__in=Ticket.objects.visible_to(person))
        .select_related("ticket", "person")
        .order_by("-created_at", "-pk")[:MEMBERS],
        "related": _related(request, found),
        "events": Event.objects.about(found).select_related("actor").order_by("-id")[:30],
        "main_boxes": draw_boxes(request, found, "main"),
        "boxes": draw_boxes(request, found, "context"),
        "add_form": AddTicketForm(reader=person),
    }
    return render(request, "problems/cluster.html", context)


def weekly_chart(weekly: Sequence[int]) -> dict[str, Any]:
    """Tickets a week up to this one, labelled by the day each week begins."""
    today = timezone.localdate()
    days = [today - timedelta(days=7 * ago + 6) for ago in reversed(range(len(weekly)))]
    return {
        "labels": [f"{day.day} {day:%b}" for day in days],
        "series": [{"name": "tickets", "values": list(weekly), "look": "bars"}],
        "unit": "tickets",
    }


def _problems(request: SignedInRequest, found: Cluster) -> QuerySet[Problem]:
    """Problems opened from the cluster, and those its tickets are linked to."""
    links = ProblemTicket.objects.filter(  # visibility: narrowed to visible problems around it
        ticket__in=found.members.values("ticket_id")
    )
    related = Q(cluster=found) | Q(pk__in=links.values("problem_id"))
    return Problem.objects.visible_to(request.user).filter(related).order_by("-pk")


def _related(request: SignedInRequest, found: Cluster) -> list[Cluster]:
    """Other causes of the same theme in the same run."""
    if found.theme is None or found.last_run_id is None:
        return []
    same = (
        Cluster.objects.visible_to(request.user)
        .live()
        .filter(theme=found.theme, last_run_id=found.last_run_id)
    )
    return list(same.exclude(pk=found.pk).defer("centroid").order_by("-ticket_count")[:5])
