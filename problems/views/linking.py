"""Tickets and articles of a problem: linked, unlinked, told of the workaround."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from core.pages import show_errors
from core.requests import SignedInRequest
from incidents.models import Ticket
from problems import actions
from problems.forms import AddArticleForm, AddTicketForm, WorkaroundForm
from problems.models import Problem
from problems.views.steps import ProblemStep


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


class LinkArticleView(ProblemStep):
    """Says that an article belongs to the problem."""

    change = staticmethod(actions.link_article)
    title = "Link an article"
    submit_label = "Link"
    success_message = "Linked."

    def build_form(self, record: Problem, data: Any = None, files: Any = None) -> forms.Form:
        """Visible articles by reference."""
        return AddArticleForm(data, reader=self.person)


class UnlinkArticleView(LinkArticleView):
    """Takes an article away."""

    change = staticmethod(actions.unlink_article)
    title = "Unlink an article"
    submit_label = "Unlink"
    success_message = "Unlinked."


class WriteArticleView(ProblemStep):
    """Writes an article from the known error."""

    change = staticmethod(actions.write_known_error_article)
    success_message = "The article is written; it is in work until somebody validates it."


class UpdateArticleView(ProblemStep):
    """Makes the article say what the known error says now."""

    change = staticmethod(actions.update_known_error_article)
    success_message = "The article is in step."
