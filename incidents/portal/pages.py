"""Pages of the portal: my tickets, report, one ticket."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Person
from catalogue.asking import AskedForm
from core.boxes import draw_boxes
from core.errors import DomainError
from core.models import Event
from core.pages import Page, keyset_page, page_links, show_errors
from core.questions import MOST_CHARACTERS, clean
from core.requests import SignedInRequest
from core.time_limits import TookTooLong
from incidents.actions import (
    add_copies,
    note_contact,
    note_intent,
    open_suggestion,
    open_ticket,
    open_workaround,
    reply_to_ticket,
)
from incidents.feed import conversation_of, merged_tickets, woven_messages
from incidents.filters import STATES
from incidents.forms.rating import RateForm
from incidents.models import (
    Channel,
    CsatSurvey,
    Draft,
    Kind,
    Message,
    PortalSession,
    TeamPolicy,
    Ticket,
    TicketCopy,
    TicketDraft,
)
from incidents.models.satisfaction import is_rated
from incidents.models.ticket import TicketQuerySet
from incidents.notices import closing_words
from incidents.permissions import allowed
from incidents.portal.forms import ReplyForm, ReportForm, StillBrokenForm
from incidents.portal.progress import handled_in
from incidents.searching import in_time, search_tickets
from incidents.views.asked import asked_beside, asked_context, keep_asked
from incidents.wording import (
    requester_explanation,
    requester_stages,
    requester_state,
    state_from_aside,
)
from incidents.workflow import CLOSED, OPEN, RESOLVED
from knowledge.models import Article
from knowledge.suggest import suggest_articles

# One statement of a suggestion may take so long; a slower one is left out.
STATEMENT_MS = 150
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


def _of(person: Person) -> Q:
    """Mine, whoever else of my organisation I may see: asked for, concerned by, or in copy."""
    affected = Ticket.affected_users.through._default_manager.filter(person=person)
    copied = TicketCopy.objects.filter(person=person)
    return (
        Q(requester=person)
        | Q(pk__in=affected.values("ticket_id"))
        | Q(pk__in=copied.values("ticket_id"))
    )


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
    whose = request.GET.get("whose", "mine") if request.user.sees_organisation else "all"
    shown = "all" if words else shown
    categories = STATES[SHOWN.get(shown, "any")][1]
    mine = (
        _mine(request)
        if words
        else _listed(request, (RESOLVED, CLOSED) if shown == "solved" else categories)
    )
    if whose != "all":
        mine = mine.filter(_of(request.user))

    def read(above: int) -> Page[Ticket]:
        tickets = mine.filter(pk__gt=above) if above else mine
        tickets = search_tickets(tickets, words, request.user) if words else tickets
        return keyset_page(tickets, order=("-id",), cursor=request.GET.get("cursor"), size=25)

    only_newest, too_slow = "", ""
    try:
        page, only_newest = in_time(read)
    except TookTooLong as error:
        page, too_slow = Page([], None, None), error.message
    rows = [(ticket, _stands(ticket).state, _state_words(ticket)) for ticket in page.rows]
    waiting = _mine(request).filter(requester=request.user, state="fix_available")[:5]
    context = {
        "rows": rows,
        "links": page_links(request, page),
        "shown": shown,
        "words": words,
        "only_newest": only_newest,
        "too_slow": too_slow,
        "waiting": waiting,
        "whose": whose,
        "doors": draw_boxes(request, request.user, "portal"),
    }
    return render(request, "incidents/portal/list.html", context)


@require_http_methods(["GET", "POST"])
def report(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """Reports an incident or makes a request."""
    posted = request.method == "POST"
    form = ReportForm(request.POST or None, request.FILES or None, person=request.user)
    asked = asked_beside(request, request.user, bound=posted)
    sound = [one.is_valid() for one in (form, asked) if one is not None]
    if posted and all(sound):
        try:
            ticket = _report(request.user, kind, form, asked)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, f"We have it: {ticket.reference}. We write to you here.")
            return redirect("incidents:portal_ticket", ticket.pk)
    context = {
        "form": form,
        "kind": kind,
        "is_incident": kind == Kind.INCIDENT,
        **asked_context(asked),
    }
    status = 422 if form.is_bound else 200
    return render(request, "incidents/portal/report.html", context, status=status)


@transaction.atomic
def _report(person: Person, kind: str, form: ReportForm, asked: AskedForm | None) -> Ticket:
    """Opens the ticket with its files and its custom fields: all of it or nothing."""
    said = dict(form.cleaned_data)
    files, copy_to = said.pop("attachments"), said.pop("copy_to", [])
    ticket = open_ticket(actor=person, requester=person, kind=kind, channel=Channel.PORTAL, **said)
    if copy_to:
        add_copies(ticket, actor=person, named=copy_to, at=ticket.created_at)
    keep_asked(ticket, person, asked)
    if files:
        reply_to_ticket(ticket, actor=person, body="", files=files, at=ticket.created_at)
    note_contact(person, ticket=ticket)
    return ticket


@require_POST
def suggestions(request: SignedInRequest) -> HttpResponse:
    """Articles that may answer what is being typed; the words are kept as what was meant."""
    title = request.POST.get("title", "").replace("\0", "")
    text = f"{title} {request.POST.get('description', '')}".replace("\0", "")[:600]
    found = suggest_articles(request.user, text) if text.strip() else []
    session = note_intent(request.user, text=title, suggested=len(found))
    draft = TicketDraft(title=title[:250], description=text)
    boxes = draw_boxes(request, draft, "portal", budget_ms=STATEMENT_MS) if session else []
    context = {"articles": found, "session": session, "boxes": boxes}
    return render(request, "incidents/portal/_suggestions.html", context)


@require_POST
def opened(request: SignedInRequest, pk: int, article: int) -> HttpResponse:
    """A suggested article is being opened."""
    session = get_object_or_404(PortalSession.objects.of(request.user), pk=pk)
    found = get_object_or_404(Article.objects.visible_to(request.user), pk=article)
    open_suggestion(session, actor=request.user, article=found)
    return HttpResponse(status=204)


@require_POST
def workaround_opened(request: SignedInRequest, pk: int) -> HttpResponse:
    """The workaround of a suggested known error is being read."""
    session = get_object_or_404(PortalSession.objects.of(request.user), pk=pk)
    open_workaround(session, actor=request.user)
    return HttpResponse(status=204)


def _readable_origins(person: Person, conversation: Sequence[Message]) -> set[int]:
    """The tickets its first words were split off from, as far as the person may see them."""
    origins = [one.split_from_id for one in conversation if one.split_from_id is not None]
    if not origins:
        return set()
    seen = Ticket.objects.visible_to(person).filter(pk__in=origins)
    return set(seen.values_list("pk", flat=True))


@require_GET
def portal_ticket(request: SignedInRequest, pk: int) -> HttpResponse:
    """One ticket as its requester reads it: state in their words, the public conversation."""
    ticket = get_object_or_404(_mine(request), pk=pk)
    merged = merged_tickets(request.user, ticket)
    rows = conversation_of(request.user, ticket, merged).filter(kind=Message.Kind.PUBLIC)
    conversation = list(rows)
    rights = allowed(request.user, ticket)
    steps = {step.name for step in ticket.workflow.steps_from(ticket.state)}
    draft = Draft.objects.current(request.user, ticket)
    rated = CsatSurvey.objects.visible_to(request.user).answered().filter(ticket=ticket)
    over = ticket.state_category in {RESOLVED, CLOSED}
    context = {
        "ticket": ticket,
        "state": requester_state(ticket.state, ticket.pending_reason),
        "entries": woven_messages(conversation, [ticket, *merged], ticket),
        "readable": _readable_origins(request.user, conversation),
        "handled_in": handled_in(request.user, ticket),
        "explained": requester_explanation(ticket.state, ticket.pending_reason),
        "stages": requester_stages(ticket.kind, ticket.state),
        "expected_at": _expected(ticket),
        "rate_form": RateForm(auto_id="rate_%s", initial={"resolution": ticket.resolution_number}),
        "events": Event.objects.about(ticket).public().select_related("actor").order_by("id"),
        "boxes": draw_boxes(request, ticket, "portal"),
        "side_boxes": draw_boxes(request, ticket, "portal-side"),
        "form": ReplyForm(
            initial={"body": draft.body, "copy_to": draft.copy_to} if draft else None,
            copies="copy" in rights,
        ),
        "draft": draft,
        "may_reply": "reply" in rights,
        "is_closed": ticket.state_category == CLOSED,
        "closing": closing_words(ticket, TeamPolicy.objects.of_team(ticket.team_id))
        if ticket.state_category == RESOLVED
        else "",
        "still_broken_form": StillBrokenForm(auto_id="still_%s"),
        "may_confirm": "confirm_fix" in rights and ticket.state == "fix_available",
        "may_reopen": {"reopen"} <= rights & steps,
        "may_withdraw": {"cancel"} <= rights & steps,
        "may_rate": "rate" in rights and over and not is_rated(ticket),
        "ratings": rated.order_by("resolution") if "rate" in rights else [],
    }
    return render(request, "incidents/portal/ticket.html", context)


def _expected(ticket: Ticket) -> datetime | None:
    """By when the desk means to have it solved; None while it waits for somebody, or is late."""
    due = ticket.resolution_due_at
    if due is None or ticket.state_category != OPEN or due < timezone.now():
        return None
    return due
