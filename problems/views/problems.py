"""The list of problems, a problem's page, and its steps."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.boxes import draw_boxes
from core.errors import DomainError
from core.models import Event
from core.pages import keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from incidents.models import Ticket
from problems import actions, permissions
from problems.actions.links import unlinked_members
from problems.costs import Cost, cost_of
from problems.counting import WEEKS
from problems.filters import ProblemFilter
from problems.forms import (
    AddTicketForm,
    AnalyseForm,
    CloseForm,
    KnownErrorForm,
    NewProblemForm,
    NoteForm,
    ProblemForm,
)
from problems.models import KnownError, Problem, ProblemTicket
from problems.views.clusters import weekly_chart
from problems.views.steps import ProblemStep
from problems.workflow import PROBLEM

TICKETS = 25
RIGHTS = ("edit", "link_ticket", "unlink_ticket", "edit_known_error", "verify_workaround", "tell")


@require_GET
def problems(request: SignedInRequest) -> HttpResponse:
    """Problems as a list, open ones first asked for."""
    person = request.user
    counts = (
        ProblemTicket.objects.filter(  # visibility: a number beside a visible problem
            problem=OuterRef("pk")
        )
        .order_by()
        .values("problem")
        .annotate(tickets=Count("pk"))
        .values("tickets")
    )
    rows = (
        Problem.objects.visible_to(person)
        .select_related("component", "owner", "cluster")
        .defer("cluster__centroid", "cluster__keys", "search_vector", "description", "root_cause")
        .annotate(tickets_linked=Coalesce(Subquery(counts), 0))
    )
    narrowed = ProblemFilter(request.GET, rows, request=request)
    page = keyset_page(
        narrowed.qs if narrowed.is_valid() else rows.none(),
        order=("-id",),
        cursor=request.GET.get("cursor"),
    )
    context = {
        "filter": narrowed,
        "page": page,
        "links": page_links(request, page),
        "now": timezone.now(),
        "may_open": permissions.may(person, "open_problem"),
    }
    return render(request, "problems/problems.html", context)


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
        rows.select_related("component", "owner", "team", "cluster", "known_error", "created_by"),
        pk=pk,
    )
    linked = Ticket.objects.visible_to(person).filter(pk__in=found.ticket_links.values("ticket_id"))
    page = keyset_page(
        linked.select_related("organisation"),
        order=("-id",),
        cursor=request.GET.get("cursor"),
        size=TICKETS,
    )
    weekly = _weekly(found)
    context = {
        "problem": found,
        "known": getattr(found, "known_error", None),
        "strip": _strip(found),
        "steps": permissions.allowed_steps(person, found),
        "rights": {step: permissions.may(person, step, found) for step in RIGHTS},
        "page": page,
        "links": page_links(request, page),
        "hidden": found.ticket_links.count() - linked.count(),
        "unlinked": unlinked_members(found).count(),
        "weekly": weekly,
        "chart": weekly_chart(weekly),
        "cost": _cost(found),
        "age": _age(found),
        "events": Event.objects.about(found).select_related("actor").order_by("-id")[:50],
        "main_boxes": draw_boxes(request, found, "main"),
        "boxes": draw_boxes(request, found, "context"),
        "add_form": AddTicketForm(reader=person),
    }
    return render(request, "problems/problem.html", context)


def _strip(found: Problem) -> list[dict[str, Any]]:
    """The way of a problem, with what is behind, where it is, and what is ahead."""
    names = list(PROBLEM.states)
    here = names.index(found.state)
    return [
        {
            "label": PROBLEM.label(name),
            "place": "here" if at == here else "behind" if at < here else "ahead",
        }
        for at, name in enumerate(names)
    ]


def _age(found: Problem) -> timedelta:
    """How long it has been known (or, unconfirmed, open) without a fix."""
    end = found.resolved_at or found.closed_at or timezone.now()
    return end - (found.confirmed_at or found.created_at)


def _weekly(found: Problem) -> list[int]:
    """Linked tickets by the week they came in, oldest first."""
    now = timezone.now()
    weeks = [0] * WEEKS
    came = Ticket.objects.filter(  # visibility: numbers only, of a visible problem
        pk__in=found.ticket_links.values("ticket_id"),
        created_at__gt=now - timedelta(weeks=WEEKS),
        created_at__lte=now,
    )
    for created_at in came.values_list("created_at", flat=True):
        weeks[WEEKS - 1 - (now - created_at) // timedelta(weeks=1)] += 1
    return weeks


def _cost(found: Problem) -> Cost:
    """What its tickets have cost."""
    return cost_of(
        Ticket.objects.filter(  # visibility: sums only, of a visible problem
            pk__in=found.ticket_links.values("ticket_id")
        )
    )


class EditView(ProblemStep):
    """Changes what a problem says."""

    change = staticmethod(actions.edit_problem)
    title = "Edit"
    success_message = "Saved."

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        """What it says now."""
        first = {name: getattr(record, name) for name in ProblemForm.base_fields}
        return ProblemForm(data, reader=self.person, initial=first)


class AssessView(ProblemStep):
    """Begins the assessment."""

    change = staticmethod(actions.assess_problem)


class AnalyseView(ProblemStep):
    """Begins the root cause analysis."""

    change = staticmethod(actions.analyse_problem)
    title = "Start root cause analysis"
    submit_label = "Start"

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        """What is suspected so far."""
        return AnalyseForm(data, initial={"root_cause": record.root_cause})


class RecordKnownErrorView(ProblemStep):
    """Records the known error."""

    change = staticmethod(actions.record_known_error)
    title = "Record the known error"
    submit_label = "Record"
    success_message = "Recorded. The desk sees it on every ticket of this problem."

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        """What is known already."""
        known = KnownError.objects.filter(  # visibility: of a visible problem
            problem=record
        ).first()
        first = KnownErrorForm.values_of(known) if known else {}
        given = {
            "symptom": record.description,
            "root_cause": record.root_cause,
            "workaround": record.workaround,
            "component": record.component,
        }
        return KnownErrorForm(data, reader=self.person, initial={**given, **first})


class StartFixView(ProblemStep):
    """Says that development works on it."""

    change = staticmethod(actions.start_problem_fix)


class ResolveView(ProblemStep):
    """Says that the cause is removed."""

    change = staticmethod(actions.resolve_problem)
    form_class = NoteForm
    title = "Resolve"
    submit_label = "Resolve"


class ReopenView(ProblemStep):
    """Says that it is not over."""

    change = staticmethod(actions.reopen_problem)
    form_class = NoteForm
    title = "Reopen"
    submit_label = "Reopen"


class CloseView(ProblemStep):
    """Ends a problem with an outcome."""

    change = staticmethod(actions.close_problem)
    form_class = CloseForm
    title = "Close"
    submit_label = "Close"


class LinkTicketView(ProblemStep):
    """Says that the problem caused a ticket."""

    change = staticmethod(actions.link_ticket_to_problem)
    title = "Link a ticket"
    submit_label = "Link"
    success_message = "Linked."

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        """Visible tickets by reference."""
        return AddTicketForm(data, reader=self.person)

    def success_url(self, record: Problem, result: Any) -> str:
        """Back to the ticket when the step was asked for there."""
        form = self.build_form(record, self.request.POST)
        if self.request.POST.get("back") == "ticket" and form.is_valid():
            return str(form.cleaned_data["ticket"].get_absolute_url())
        return record.get_absolute_url()


class LinkClusterTicketsView(ProblemStep):
    """Links what joined the cluster later."""

    change = staticmethod(actions.link_cluster_tickets)
    success_message = "Linked."


@require_POST
def unlink_ticket(request: SignedInRequest, pk: int, ticket_pk: int) -> HttpResponse:
    """Takes the claim back that the problem caused a ticket."""
    found = get_object_or_404(Problem.objects.visible_to(request.user), pk=pk)
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=ticket_pk)
    try:
        actions.unlink_ticket_from_problem(found, actor=request.user, ticket=ticket)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{ticket.reference} is not linked any more.")
    return redirect(ticket if request.POST.get("back") == "ticket" else found)


class EditKnownErrorView(ProblemStep):
    """Changes what a problem's known error says."""

    title = "Edit the known error"
    success_message = "Saved."

    def records(self, request: SignedInRequest) -> QuerySet[Problem]:
        """Visible problems that have one."""
        return super().records(request).filter(known_error__isnull=False)

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        """What it says now."""
        first = KnownErrorForm.values_of(record.known_error)
        return KnownErrorForm(data, reader=self.person, initial=first)

    def take(self, record: Problem, form: forms.Form | None) -> Problem:
        """Changes it."""
        words = {} if form is None else form.cleaned_data
        actions.edit_known_error(record.known_error, actor=self.person, **words)
        return record


class VerifyWorkaroundView(ProblemStep):
    """Says that the workaround was tried and helped."""

    success_message = "Verified."

    def records(self, request: SignedInRequest) -> QuerySet[Problem]:
        """Visible problems with a known error."""
        return super().records(request).filter(known_error__isnull=False)

    def take(self, record: Problem, form: forms.Form | None) -> Problem:
        """Notes it."""
        actions.verify_workaround(record.known_error, actor=self.person)
        return record
