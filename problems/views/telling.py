"""Writing to requesters what helps meanwhile, or that it is over."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from core.pages import show_errors
from core.requests import SignedInRequest
from incidents.models import Ticket
from incidents.variables import VARIABLES
from problems import actions, permissions
from problems.actions.telling import open_tickets_of
from problems.forms import WorkaroundForm
from problems.models import KnownError, Problem
from problems.operations import start_telling


@require_http_methods(["GET", "POST"])
def tell(request: SignedInRequest, pk: int) -> HttpResponse:
    """The words for the requesters of every open ticket of a problem, to be read before they go."""
    person = request.user
    found = get_object_or_404(Problem.objects.visible_to(person), pk=pk)
    form = WorkaroundForm(request.POST or None, initial={"body": _helpful(found)})
    form.fields["body"].label = "Public reply on each ticket"
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                job = start_telling(found, actor=person, **form.cleaned_data)
            except DomainError as error:
                show_errors(form, error)
                status = error.status
            else:
                messages.success(request, f"{job.total} tickets are being written to.")
                return redirect(job)
    visible = Ticket.objects.visible_to(person)
    open_ones = visible.filter(pk__in=open_tickets_of(found).values("pk"))
    context = {
        "form": form,
        "problem": found,
        "count": open_ones.count(),
        "variables": VARIABLES.items(),
        "may_tell": permissions.may(person, "tell", found),
    }
    return render(request, "problems/tell.html", context, status=status)


def _helpful(found: Problem) -> str:
    """What there is to say: the solution once there is one to have, the workaround until then."""
    known = KnownError.objects.filter(problem=found).first()  # visibility: of a visible problem
    if not found.is_open and known is not None and known.solution:
        return known.solution
    return found.workaround


@require_http_methods(["GET", "POST"])
def send_workaround(request: SignedInRequest, pk: int, ticket_pk: int) -> HttpResponse:
    """The workaround as a public reply on a ticket, to be read before it goes out."""
    person = request.user
    found = get_object_or_404(Problem.objects.visible_to(person), pk=pk)
    ticket = get_object_or_404(
        Ticket.objects.visible_to(person).select_related("requester"), pk=ticket_pk
    )
    form = WorkaroundForm(request.POST or None, initial={"body": found.workaround})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.send_workaround(found, actor=person, ticket=ticket, **form.cleaned_data)
            except DomainError as error:
                show_errors(form, error)
                status = error.status
            else:
                messages.success(request, f"Sent to {ticket.requester.name}.")
                return redirect(ticket)
    context = {"form": form, "problem": found, "ticket": ticket}
    return render(request, "problems/send_workaround.html", context, status=status)
