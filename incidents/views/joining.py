"""Splitting a conversation, linking tickets, and resolving what follows a ticket."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from core.errors import DomainError
from core.pages import show_errors, wants_fragment
from core.requests import SignedInRequest
from incidents import actions
from incidents.forms.merging import LINK_CHOICES, FollowForm, LinkForm, SplitForm
from incidents.forms.steps import ConfirmForm
from incidents.jobs.operations import start_job
from incidents.models import Ticket, TicketRelation
from incidents.targets import propose_tickets
from incidents.views.merging import draw_targets
from incidents.views.steps import Admitted, TicketStep
from incidents.views.workspace import address_of, shown_tickets

# So many followers have a row of their own on the page; the list of tickets takes any number.
MOST_FOLLOWERS = 100


class Split(TicketStep):
    """Makes a ticket of its own of a message."""

    right = "split"
    title, submit_label = "Split into a new ticket", "Make the new ticket"
    template_name = "incidents/split.html"

    def shape(self, record: Ticket, data: Any) -> forms.Form:
        initial = {"message": self.request.GET.get("message", "")}
        return SplitForm(data, reader=self.person, ticket=record, initial=initial)

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        new = actions.split_ticket(record, actor=self.person, **self.words(form))
        messages.success(self.request, f"{new.reference} holds what was split off.")
        return new

    def success_url(self, record: Ticket, result: Any) -> str:
        return str(result.get_absolute_url())


class Link(Admitted):
    """Says how a ticket relates to others; several may be chosen at once."""

    right = "link"

    def get(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """The form, with the tickets that may be meant."""
        record = get_object_or_404(shown_tickets(request), pk=pk)
        self.admit(record)
        if wants_fragment(request):
            return draw_targets(request, record, "incidents/_link_targets.html")
        kind = request.GET.get("kind", "")
        form = LinkForm(reader=request.user, initial={"kind": kind} if kind else None)
        return _draw_link(request, record, form)

    def post(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """Links all of them or none."""
        record = get_object_or_404(shown_tickets(request), pk=pk)
        self.admit(record)
        form = LinkForm(request.POST, reader=request.user)
        if not form.is_valid():
            return _draw_link(request, record, form, status=422)
        kind, _, inverse = LINK_CHOICES[form.cleaned_data["kind"]]
        others = form.cleaned_data["others"]
        try:
            actions.link_tickets(
                record, actor=request.user, kind=kind, others=others, inverse=inverse
            )
        except DomainError as error:
            error.field = "others"
            show_errors(form, error)
            return _draw_link(request, record, form, status=error.status)
        messages.success(request, "Linked.")
        return redirect(address_of(request, record))


def _draw_link(
    request: SignedInRequest, record: Ticket, form: LinkForm, status: int = 200
) -> HttpResponse:
    words = request.GET.get("q", "")[:200]
    context = {
        "ticket": record,
        "form": form,
        "words": words,
        "candidates": propose_tickets(request.user, record, words),
        "checked": {*request.POST.getlist("chosen")},
    }
    response = render(request, "incidents/link.html", context, status=status)
    response["Vary"] = "HX-Request"
    return response


class Unlink(TicketStep):
    """Takes one link away."""

    right = "link"
    success_message = "The link is taken away."

    def build_form(self, record: Ticket, data: Any = None, files: Any = None) -> forms.Form | None:
        self.admit(record)
        form = ConfirmForm(data)
        rows = TicketRelation.objects.visible_to(self.person).of(record)
        form.fields["relation"] = forms.ModelChoiceField(queryset=rows)
        return form

    def take(self, record: Ticket, form: forms.Form | None) -> Ticket:
        return actions.unlink_ticket(record, actor=self.person, **self.words(form))


class ResolveFollowers(Admitted):
    """Offers to resolve the children and duplicates of a resolved ticket with its words."""

    right = "resolve"

    def get(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """Each follower with a box to leave it out and room for its own text."""
        record = get_object_or_404(shown_tickets(request), pk=pk)
        self.admit(record)
        form = FollowForm(followers=_followers(request, record))
        return _draw_followers(request, record, form)

    def post(self, request: SignedInRequest, pk: int) -> HttpResponseBase:
        """Starts the job; its page tells the outcome for each ticket."""
        record = get_object_or_404(shown_tickets(request), pk=pk)
        self.admit(record)
        form = FollowForm(request.POST, followers=_followers(request, record))
        if not form.is_valid():
            return _draw_followers(request, record, form, status=422)
        taken, own = form.chosen()
        try:
            job = start_job(
                actor=request.user,
                operation="resolve_like",
                params={"ticket": record.reference, "own": own},
                ticket_ids=taken,
            )
        except DomainError as error:
            show_errors(form, error)
            return _draw_followers(request, record, form, status=error.status)
        return redirect(job.get_absolute_url())


def _followers(request: SignedInRequest, record: Ticket) -> list[Ticket]:
    found = actions.followers_of(request.user, record).select_related("requester")
    return list(found.order_by("pk")[:MOST_FOLLOWERS])


def _draw_followers(
    request: SignedInRequest, record: Ticket, form: FollowForm, status: int = 200
) -> HttpResponse:
    context = {"ticket": record, "form": form, "rows": form.rows()}
    return render(request, "incidents/resolve_followers.html", context, status=status)
