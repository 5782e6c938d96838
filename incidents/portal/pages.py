"""Pages of the portal: my tickets, report, one ticket, answer, confirm, rate."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from core.boxes import draw_boxes
from core.errors import DomainError
from core.models import Event
from core.pages import Page, StepView, keyset_page, page_links, show_errors
from core.questions import MOST_CHARACTERS, clean
from core.requests import SignedInRequest
from core.time_limits import TookTooLong
from incidents.actions import (
    answer_ticket,
    cancel_ticket,
    confirm_fix,
    open_ticket,
    rate_ticket,
    reopen_ticket,
    report_still_broken,
)
from incidents.feed import conversation_of, merged_tickets, woven_messages
from incidents.filters import STATES
from incidents.forms.rating import RateForm
from incidents.models import Channel, Draft, Kind, Message, TeamPolicy, Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.notices import closing_words
from incidents.permissions import allowed
from incidents.portal.forms import (
    ReplyForm,
    ReportForm,
    StillBrokenForm,
    WithdrawForm,
)
from incidents.portal.progress import handled_in
from incidents.searching import search_limit, search_tickets
from incidents.wording import requester_state, state_from_aside
from incidents.workflow import CLOSED, RESOLVED
from knowledge.suggest import suggest_articles

SHOWN = {"open": "unresolved", "solved": "resolved", "all": "any"}


def _mine(request: SignedInRequest) -> TicketQuerySet:
    return Ticket.objects.visible_to(request.user).select_related(
        "requester", "component", "merged_into"
    )


def _listed(request: SignedInRequest, categories: Sequence[str]) -> TicketQuerySet:
    """My tickets in these categories (all without any). A merged one stands in its target's
    state, and only where the target is not mine to see: that stands in the list itself.
    """
    visible = Ticket.objects.visible_to(request.user)
    tickets = _mine(request).exclude(merged_into__in=visible)
    if not categories:
        return tickets
    stands = Q(state_category__in=categories) | Q(merged_into__state_category__in=categories)
    return tickets.filter(stands)


def _stands(ticket: Ticket) -> Ticket:
    """The ticket whose state the requester reads: where it is handled."""
    return ticket.merged_into or ticket


def _state_words(ticket: Ticket) -> str:
    if ticket.merged_into is not None:
        return state_from_aside(ticket.merged_into.state)
    return requester_state(ticket.state, ticket.pending_reason)


@require_GET
def portal(request: SignedInRequest) -> HttpResponse:
    """What I asked for, and what my organisation asked for when I may see it."""
    shown = request.GET.get("show", "open")
    words = clean(request.GET.get("q", ""))[:MOST_CHARACTERS]
    if words:
        tickets = search_tickets(_mine(request), words, request.user)
        shown = "all"
    else:
        categories = STATES[SHOWN.get(shown, "any")][1]
        tickets = _listed(request, (RESOLVED, CLOSED) if shown == "solved" else categories)
    too_slow = ""
    try:
        with search_limit():
            page = keyset_page(tickets, order=("-id",), cursor=request.GET.get("cursor"), size=25)
    except TookTooLong as error:
        page, too_slow = Page([], None, None), error.message
    rows = [(ticket, _stands(ticket).state, _state_words(ticket)) for ticket in page.rows]
    waiting = _mine(request).filter(requester=request.user, state="fix_available")[:5]
    context = {
        "rows": rows,
        "links": page_links(request, page),
        "shown": shown,
        "words": words,
        "too_slow": too_slow,
        "waiting": waiting,
    }
    return render(request, "incidents/portal/list.html", context)


@require_http_methods(["GET", "POST"])
def report(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """Reports an incident or makes a request."""
    form = ReportForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            ticket = open_ticket(
                actor=request.user,
                requester=request.user,
                kind=kind,
                channel=Channel.PORTAL,
                **form.cleaned_data,
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, f"We have it: {ticket.reference}. We write to you here.")
            return redirect("incidents:portal_ticket", ticket.pk)
    context = {"form": form, "kind": kind, "is_incident": kind == Kind.INCIDENT}
    status = 422 if form.is_bound else 200
    return render(request, "incidents/portal/report.html", context, status=status)


@require_GET
def suggestions(request: SignedInRequest) -> HttpResponse:
    """Articles that may answer what is being typed."""
    text = f"{request.GET.get('title', '')} {request.GET.get('description', '')}"[:600]
    found = suggest_articles(request.user, text.replace("\0", "")) if text.strip() else []
    return render(request, "incidents/portal/_suggestions.html", {"articles": found})


@require_GET
def portal_ticket(request: SignedInRequest, pk: int) -> HttpResponse:
    """One ticket as its requester reads it: state in their words, the public conversation."""
    ticket = get_object_or_404(_mine(request), pk=pk)
    merged = merged_tickets(request.user, ticket)
    conversation = conversation_of(request.user, ticket, merged).filter(kind=Message.Kind.PUBLIC)
    rights = allowed(request.user, ticket)
    steps = {step.name for step in ticket.workflow.steps_from(ticket.state)}
    draft = Draft.objects.current(request.user, ticket)
    may_rate = "rate" in rights and ticket.csat_score is None
    context = {
        "ticket": ticket,
        "state": requester_state(ticket.state, ticket.pending_reason),
        "entries": woven_messages(list(conversation), [ticket, *merged], ticket),
        "handled_in": handled_in(request.user, ticket),
        "events": Event.objects.about(ticket).public().select_related("actor").order_by("id"),
        "boxes": draw_boxes(request, ticket, "portal"),
        "side_boxes": draw_boxes(request, ticket, "portal-side"),
        "form": ReplyForm(initial={"body": draft.body} if draft else None),
        "draft": draft,
        "may_reply": "reply" in rights,
        "is_closed": ticket.state_category == CLOSED,
        "closing": closing_words(ticket, TeamPolicy.objects.of_team(ticket.team_id))
        if ticket.state_category == RESOLVED
        else "",
        "may_confirm": "confirm_fix" in rights and ticket.state == "fix_available",
        "may_reopen": {"reopen"} <= rights & steps,
        "may_withdraw": {"cancel"} <= rights & steps,
        "may_rate": may_rate and ticket.state_category in {RESOLVED, CLOSED},
    }
    return render(request, "incidents/portal/ticket.html", context)


class PortalStep(StepView):
    """A step from the portal; afterwards the requester is back at their ticket."""

    def records(self, request: SignedInRequest) -> QuerySet[Ticket]:
        return _mine(request)

    def success_url(self, record: Ticket, result: Any) -> str:
        return reverse("incidents:portal_ticket", args=[record.pk])


class ReplyStep(PortalStep):
    """Writes to the desk."""

    form_class = ReplyForm
    title = "Write to the desk"
    submit_label = "Send to the desk"

    def take(self, record: Ticket, form: Form | None) -> Message:
        said = form.cleaned_data if form else {}
        return answer_ticket(
            record,
            actor=self.person,
            kind=Message.Kind.PUBLIC,
            body=said["body"],
            files=said["attachments"],
            with_draft=True,
        )

    def success_url(self, record: Ticket, result: Any) -> str:
        """The ticket the words stand on: another one when this one was over."""
        if result.ticket_id != record.pk:
            messages.info(
                self.request,
                f"{record.reference} was over: your message stands on {result.ticket.reference}.",
            )
        return super().success_url(result.ticket, result)


class ConfirmStep(PortalStep):
    """Yes, it is fixed for me."""

    success_message = "Thank you. We are glad that it works."

    def take(self, record: Ticket, form: Form | None) -> Ticket:
        return confirm_fix(record, actor=self.person)


class StillBrokenStep(PortalStep):
    """No, it still happens."""

    form_class = StillBrokenForm
    title = "It still happens"
    submit_label = "Tell the desk"
    success_message = "We look at it again, and development hears that the fix was not enough."

    def take(self, record: Ticket, form: Form | None) -> Ticket:
        words = form.cleaned_data if form else {}
        return report_still_broken(record, actor=self.person, **words)


class ReopenStep(PortalStep):
    """It is not over."""

    form_class = StillBrokenForm
    title = "It is not solved"
    submit_label = "Open it again"

    def take(self, record: Ticket, form: Form | None) -> Ticket:
        words = form.cleaned_data if form else {}
        return reopen_ticket(record, actor=self.person, **words)


class WithdrawStep(PortalStep):
    """It is no longer needed."""

    form_class = WithdrawForm
    title = "Withdraw"
    submit_label = "Withdraw"

    def take(self, record: Ticket, form: Form | None) -> Ticket:
        words = form.cleaned_data if form else {}
        return cancel_ticket(record, actor=self.person, **words)


class RateStep(PortalStep):
    """How it went."""

    form_class = RateForm
    title = "How did we do?"
    submit_label = "Send"
    success_message = "Thank you for telling us."

    def take(self, record: Ticket, form: Form | None) -> Ticket:
        words = form.cleaned_data if form else {}
        return rate_ticket(record, actor=self.person, **words)
