"""The list of problems, and a problem's page."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Person
from core.boxes import draw_boxes
from core.errors import DomainError
from core.models import Event
from core.pages import keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from incidents.models import Ticket
from problems import actions, permissions
from problems.actions.links import unlinked_members
from problems.costs import costs_of
from problems.counting import WEEKS
from problems.effect import effect_of
from problems.facts import articles_of
from problems.filters import ORDER_FIELDS, ProblemFilter
from problems.forms import AddArticleForm, AddTicketForm, NewProblemForm
from problems.inflow import ageing_of
from problems.models import KnownError, Problem
from problems.telling import jobs_of
from problems.timeline import states_passed
from problems.views.clusters import weekly_chart
from problems.workflow import ORDERS, PROBLEM

TICKETS = 25
LIST_WEEKS = 12
RIGHTS = (
    "edit",
    "link_ticket",
    "unlink_ticket",
    "edit_known_error",
    "verify_workaround",
    "send_workaround",
    "link_article",
)


@require_GET
def problems(request: SignedInRequest) -> HttpResponse:
    """Problems as a list, open ones first asked for, in the order the person keeps."""
    person = request.user
    kept = actions.list_order_of(person)
    given = request.GET.copy()
    given["order"] = given.get("order") or kept
    rows = (
        Problem.objects.visible_to(person)
        .select_related("component", "owner", "cluster")
        .defer("cluster__centroid", "cluster__keys", "search_vector", "description", "root_cause")
        .with_inflow()
    )
    narrowed = ProblemFilter(given, rows, request=request)
    order = given["order"] if given["order"] in ORDER_FIELDS else kept
    page = keyset_page(
        narrowed.qs if narrowed.is_valid() else rows.none(),
        order=ORDER_FIELDS[order],
        cursor=request.GET.get("cursor"),
    )
    ageing = ageing_of(page.rows, weeks=LIST_WEEKS)
    context = {
        "filter": narrowed,
        "page": page,
        "lines": [(one, ageing[one.pk]) for one in page.rows],
        "links": page_links(request, page),
        "order": order,
        "order_label": dict(ORDERS)[order],
        "order_is_kept": order == kept,
        "may_open": permissions.may(person, "open_problem"),
    }
    return render(request, "problems/problems.html", context)


@require_POST
def keep_order(request: SignedInRequest) -> HttpResponse:
    """Keeps the order of the list for this person."""
    try:
        actions.keep_list_order(actor=request.user, order=request.POST.get("order", ""))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "The list comes in this order from now on.")
    return redirect("problems:problems")


@require_http_methods(["GET", "POST"])
def new_problem(request: SignedInRequest) -> HttpResponse:
    """The form that opens a problem."""
    person = request.user
    if not permissions.may(person, "open_problem"):
        messages.error(request, "Problems are opened by the service desk.")
        return redirect("problems:problems")
    first = {"ticket": request.GET.get("ticket", ""), "title": request.GET.get("title", "")}
    form = NewProblemForm(request.POST or None, reader=person, initial=first)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            words = form.cleaned_data
            ticket = words.pop("ticket")
            try:
                problem = actions.open_problem(
                    actor=person, tickets=[ticket] if ticket else [], **words
                )
            except DomainError as error:
                show_errors(form, error)
                status = error.status
            else:
                messages.success(request, f"{problem.reference} is open.")
                return redirect(problem)
    return render(request, "problems/problem_form.html", {"form": form}, status=status)


@require_GET
def problem(request: SignedInRequest, pk: int) -> HttpResponse:
    """One problem: what is known, what helps, whom it hurts, and what happens next."""
    person = request.user
    rows = Problem.objects.visible_to(person).defer("search_vector")
    found = get_object_or_404(
        rows.select_related(
            "component", "owner", "team", "cluster", "created_by", "duplicate_of",
            "known_error__article", "known_error__workaround_verified_by",
        ),
        pk=pk,
    )  # fmt: skip
    linked = Ticket.objects.visible_to(person).filter(pk__in=found.ticket_links.values("ticket_id"))
    page = keyset_page(
        linked.select_related("organisation"),
        order=("-id",),
        cursor=request.GET.get("cursor"),
        size=TICKETS,
    )
    ageing = ageing_of([found], weeks=WEEKS)[found.pk]
    known: KnownError | None = getattr(found, "known_error", None)
    context = {
        "problem": found,
        "tab": "problem",
        "known": known,
        "strip": strip_of(found),
        "steps": permissions.allowed_steps(person, found),
        "rights": rights_of(person, found, *RIGHTS),
        "page": page,
        "links": page_links(request, page),
        "hidden": found.ticket_links.count() - linked.count(),
        "unlinked": unlinked_members(found).count(),
        "ageing": ageing,
        "chart": weekly_chart(list(ageing.weekly)),
        "lines": costs_of(request, found),
        "effect": effect_of(found) if found.workaround else None,
        "differing": actions.differing_parts(known) if known else [],
        "articles": articles_of(found, person),
        "duplicates": Problem.objects.visible_to(person).filter(duplicate_of=found).only("pk"),
        "to_tell": actions.open_tickets_of(found).count(),
        "has_fix": actions.has_fix(found),
        "jobs": jobs_of(found, person)[:3],
        "events": Event.objects.about(found).select_related("actor").order_by("-id")[:50],
        "main_boxes": draw_boxes(request, found, "main"),
        "boxes": draw_boxes(request, found, "context"),
        "add_form": AddTicketForm(reader=person),
        "article_form": AddArticleForm(reader=person),
    }
    return render(request, "problems/problem.html", context)


def rights_of(person: Person, found: Problem, *steps: str) -> dict[str, bool]:
    """What the person may do with the problem, by step."""
    return {step: permissions.may(person, step, found) for step in steps}


def strip_of(found: Problem) -> list[dict[str, Any]]:
    """The way of a problem: what it went through, where it is, what it left out, what is ahead."""
    names = list(PROBLEM.states)
    here = names.index(found.state)
    through = states_passed(found)
    before = {True: "behind", False: "skipped"}
    return [
        {
            "label": PROBLEM.label(name),
            "place": "here" if at == here else before[name in through] if at < here else "ahead",
        }
        for at, name in enumerate(names)
    ]
