"""Pages of changes."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Person
from changes import actions
from changes.filters import ChangeFilter
from changes.forms import ChangeForm, CloseForm, NewChangeForm, NoteForm, TicketsForm
from changes.models import CausedIncident, Change, ChangeQuerySet, ChangeTicket, ClusterSuspect
from changes.permissions import allowed_steps, may
from core.boxes import draw_boxes
from core.errors import DomainError
from core.models import Event
from core.pages import StepView, keyset_page, page_links, show_errors
from core.references import PREFIXES, parse_reference
from core.requests import SignedInRequest
from incidents.models import Ticket
from incidents.targets import ticket_meant
from problems.models import Problem

# Steps that need words have a page of their own; the others are one button.
WITH_WORDS = frozenset({"reject", "cancel", "close"})


def _visible(person: Person) -> ChangeQuerySet:
    return Change.objects.visible_to(person).select_related("requester", "implementer")


@require_GET
def changes(request: SignedInRequest) -> HttpResponse:
    """All changes, newest first."""
    narrowed = ChangeFilter(
        request.GET, _visible(request.user).prefetch_related("components"), request=request
    )
    rows = narrowed.qs if narrowed.is_valid() else _visible(request.user).none()
    page = keyset_page(rows, order=("-id",), cursor=request.GET.get("cursor"))
    context = {
        "filter": narrowed,
        "page": page,
        "links": page_links(request, page),
        "may_create": may(request.user, "create"),
    }
    return render(request, "changes/list.html", context)


@require_GET
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """One change: what, when, how, its steps, and what it may have caused."""
    row = get_object_or_404(
        _visible(request.user).select_related("problem", "authorised_by"), pk=pk
    )
    caused = CausedIncident.objects.visible_to(request.user).filter(change=row)
    caused = caused.exclude(verdict=CausedIncident.Verdict.REJECTED)
    visible = ClusterSuspect.objects.visible_to(request.user)
    suspects = visible.filter(change=row).select_related("cluster")
    steps = allowed_steps(request.user, row)
    made_for = ChangeTicket.objects.visible_to(request.user).filter(change=row)
    page = keyset_page(
        made_for.select_related("ticket__requester"),
        order=("-id",),
        cursor=request.GET.get("cursor"),
        size=25,
    )
    context = {
        "change": row,
        "components": row.components.select_related("service"),
        "steps": [(step, step.name in WITH_WORDS) for step in steps],
        "may_edit": may(request.user, "edit", row)
        and row.state in {"draft", "submitted", "assess"},
        "made_for": page,
        "made_for_links": page_links(request, page),
        "may_link": may(request.user, "link_tickets", row),
        "tickets_form": TicketsForm(person=request.user),
        "caused": caused.select_related("ticket").order_by("-pk")[:50],
        "suspects": suspects.order_by("-score")[:5],
        "events": Event.objects.about(row).select_related("actor").order_by("id"),
        "boxes": draw_boxes(request, row, "context"),
    }
    return render(request, "changes/detail.html", context)


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponseBase:
    """Drafts a change; `?problem=` names what it removes, `?ticket=` what it is made for."""
    initial: dict[str, Any] = {"problem": request.GET.get("problem")}
    ticket = ticket_meant(request.user, request.GET.get("ticket", ""))
    if ticket is not None:
        initial |= {"tickets": ticket.reference, "title": ticket.title[:200]}
        initial |= {"description": ticket.description, "components": [ticket.component_id]}
    form = NewChangeForm(request.POST or None, person=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.create_change(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, f"{row.reference} is drafted.")
            return redirect(row)
    status = 422 if form.is_bound else 200
    return render(
        request, "changes/form.html", {"form": form, "title": "New change"}, status=status
    )


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Edits what was asked for."""
    row = get_object_or_404(_visible(request.user), pk=pk)
    initial = {name: getattr(row, name) for name in ChangeForm.base_fields if name != "components"}
    initial["components"] = row.components.all()
    form = ChangeForm(request.POST or None, person=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_change(row, actor=request.user, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect(row)
    status = 422 if form.is_bound else 200
    context = {"form": form, "title": f"Edit {row.reference}", "change": row}
    return render(request, "changes/form.html", context, status=status)


@require_POST
def link_change(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Says that a change, named by its reference, is to remove the problem."""
    problem = get_object_or_404(Problem.objects.visible_to(request.user), pk=pk)
    text = request.POST.get("change", "")[:20]
    named = parse_reference(text)
    number = named[1] if named and named[0] == PREFIXES["change"] else None
    row = _visible(request.user).filter(pk=number).first() if number else None
    if row is None:
        messages.error(request, f"There is no change {text.upper()}.")
        return redirect(problem)
    return _linked(
        request,
        problem,
        lambda: actions.link_change(row, actor=request.user, problem=problem),
        f"{row.reference} is linked.",
    )


@require_POST
def unlink_problem(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Says that the change is about no problem any more."""
    row = get_object_or_404(_visible(request.user).select_related("problem"), pk=pk)
    return _linked(
        request,
        row.problem or row,
        lambda: actions.unlink_change(row, actor=request.user),
        f"{row.reference} is not linked any more.",
    )


def _linked(
    request: SignedInRequest, back: Problem | Change, act: Callable[[], object], said: str
) -> HttpResponseBase:
    try:
        act()
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said)
    return redirect(back)


class ChangeStep(StepView):
    """A step without words."""

    action: ClassVar[Any] = None

    def records(self, request: SignedInRequest) -> QuerySet[Change]:
        return _visible(request.user)

    def take(self, record: Change, form: Form | None) -> Change:
        words = form.cleaned_data if form else {}
        result: Change = type(self).action(record, actor=self.person, **words)
        return result


class SubmitStep(ChangeStep):
    action = staticmethod(actions.submit_change)


class AssessStep(ChangeStep):
    action = staticmethod(actions.assess_change)


class RequestAuthorisationStep(ChangeStep):
    action = staticmethod(actions.request_authorisation)


class AuthoriseStep(ChangeStep):
    action = staticmethod(actions.authorise_change)


class ScheduleStandardStep(ChangeStep):
    action = staticmethod(actions.schedule_standard_change)


class ExpediteStep(ChangeStep):
    action = staticmethod(actions.expedite_change)


class ImplementStep(ChangeStep):
    action = staticmethod(actions.implement_change)


class ReviewStep(ChangeStep):
    action = staticmethod(actions.review_change)


class RejectStep(ChangeStep):
    action = staticmethod(actions.reject_change)
    form_class = NoteForm
    title = "Reject the change"
    submit_label = "Reject"


class CancelStep(ChangeStep):
    action = staticmethod(actions.cancel_change)
    form_class = NoteForm
    title = "Cancel the change"
    submit_label = "Cancel the change"


class CloseStep(ChangeStep):
    action = staticmethod(actions.close_change)
    form_class = CloseForm
    title = "Close with a post-implementation review"
    submit_label = "Close"


class LinkTicketsStep(ChangeStep):
    """Says for which tickets it is made."""

    action = staticmethod(actions.link_tickets_to_change)
    title = "Link tickets"
    submit_label = "Link"
    success_message = "Linked."

    def build_form(self, record: Change, data: Any = None, files: Any = None) -> Form:
        return TicketsForm(data, person=self.person)


@require_POST
def unlink(request: SignedInRequest, pk: int, ticket_pk: int) -> HttpResponseBase:
    """The change is not made for that ticket."""
    row = get_object_or_404(_visible(request.user), pk=pk)
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=ticket_pk)
    try:
        actions.unlink_ticket_from_change(row, actor=request.user, ticket=ticket)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(ticket if request.POST.get("back") == "ticket" else row)


@require_POST
def judge(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Yes or no: did this change cause that ticket?"""
    row = get_object_or_404(_visible(request.user), pk=pk)
    number = request.POST.get("ticket", "")
    tickets = Ticket.objects.visible_to(request.user)
    ticket = get_object_or_404(tickets, pk=int(number) if number.isdecimal() else 0)
    decide = actions.confirm_cause if request.POST.get("caused") == "yes" else actions.clear_cause
    try:
        decide(row, actor=request.user, ticket=ticket)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(ticket)
