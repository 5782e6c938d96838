"""The page of one ticket, and what it asks for while it is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Person
from core.boxes import draw_boxes
from core.pages import wants_fragment
from core.requests import SignedInRequest
from incidents.actions import record_touch
from incidents.feed import read_feed
from incidents.forms import AnswerForm
from incidents.listing.columns import clock_of
from incidents.models import Draft, Message, Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.permissions import allowed
from incidents.presence import others_at
from incidents.queues import address_beside, column_for
from incidents.rendering import reference_to, show_text

LONGEST_BEAT = 30
# One statement of looking for similar tickets may take so long.
SIMILAR_MS = 400


def shown_tickets(request: SignedInRequest) -> TicketQuerySet:
    """Tickets with what their page shows."""
    return Ticket.objects.visible_to(request.user).select_related(
        "requester", "organisation", "assignee", "team", "service", "component", "merged_into"
    )


@require_safe
def ticket(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The workspace for staff; requesters see their side of the ticket.

    A merged ticket leads to the one that handles it now; `own=1` stays.
    """
    record = get_object_or_404(shown_tickets(request), pk=pk)
    if not request.user.is_staff_member:
        return redirect("incidents:portal_ticket", record.pk)
    target = record.merged_into
    if target is None or "own" in request.GET or not _may_see(request.user, target):
        return draw_workspace(request, record)
    messages.info(request, f"{record.reference} was merged into {target.reference}.")
    return redirect(target.get_absolute_url())


def _may_see(person: Person, ticket: Ticket) -> bool:
    return Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists()


def address_of(request: HttpRequest, ticket: Ticket) -> str:
    """The ticket's page, beside the list it was opened from."""
    return address_beside(ticket, request.GET.get("from", ""))


@dataclass(frozen=True)
class Writing:
    """What the writing box is drawn with: a form that was refused, a warning, or a preview."""

    form: AnswerForm | None = None
    unread: str = ""
    preview: bool = False


def draw_workspace(
    request: SignedInRequest, record: Ticket, writing: Writing | None = None, status: int = 200
) -> HttpResponse:
    """Queue, conversation and context; `writing` holds words that were refused."""
    rights = allowed(request.user, record)
    feed = read_feed(request.user, record, everything="all" in request.GET)
    begun = Draft.objects.places_near(request.user, record)
    context = head_context(request, record, rights)
    context |= {
        "feed": feed,
        "column": column_for(request, context["origin"], context["now"], record),
        "my_drafts": {ticket_id for _, ticket_id, who in begun if who == request.user.pk},
        "boxes": None if _boxes_follow(request) else draw_boxes(request, record, "context"),
        "main_boxes": draw_boxes(request, record, "main"),
    }
    here = [who for _, ticket_id, who in begun if ticket_id == record.pk]
    mine = request.user.pk in here
    drafts = Draft.objects.of(request.user).filter(ticket=record, discarded_at__isnull=True)
    shared = any(who != request.user.pk for who in here)
    context |= _composer(
        request,
        record,
        rights,
        list(drafts) if mine else [],
        feed.newest_message,
        writing or Writing(),
    )
    context["shared_drafts"] = (
        list(Draft.objects.shared_with(request.user, record)) if shared else []
    )
    return render(request, "incidents/ticket.html", context, status=status)


def _boxes_follow(request: HttpRequest) -> bool:
    """Whether the browser fetches the boxes itself, so that the conversation is there sooner.

    A browser says that it runs our scripts by a cookie they set; `boxes=drawn` draws them anyway.
    """
    return request.COOKIES.get("scripts") == "on" and request.GET.get("boxes") != "drawn"


@require_safe
def boxes(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The boxes beside a ticket, fetched when its page stands."""
    if not request.user.is_staff_member:
        raise Http404
    record = get_object_or_404(shown_tickets(request), pk=pk)
    if not wants_fragment(request):
        return redirect(f"{record.get_absolute_url()}?boxes=drawn")
    drawn = draw_boxes(request, record, "context")
    return render(request, "incidents/_boxes.html", {"boxes": drawn})


def head_context(
    request: SignedInRequest, record: Ticket, rights: frozenset[str]
) -> dict[str, Any]:
    """What the head of the page shows: state, clocks, who else is there, the steps."""
    now = timezone.now()
    return {
        "ticket": record,
        "rights": rights,
        "steps": steps_now(record, rights),
        "clock": clock_of(record, now),
        "answer_clock": _answer_clock(record),
        "present": others_at(record, request.user),
        "origin": request.GET.get("from", ""),
        "now": now,
        "may_split": "split" in rights,
    }


def _composer(
    request: SignedInRequest,
    record: Ticket,
    rights: frozenset[str],
    drafts: Sequence[Draft],
    newest: int,
    writing: Writing,
) -> dict[str, Any]:
    """What the writing box shows: the draft, texts beside it, people in copy, a preview."""
    draft = next((one for one in drafts if not one.other), None)
    files = [] if draft is None else list(draft.files.all())
    form = writing.form or _form(request, draft, rights, newest)
    preview = None
    if writing.preview and draft is not None:
        preview = show_text(draft.body, files)
    return {
        "form": form,
        "draft": draft,
        "draft_files": [(one, reference_to(one)) for one in files],
        "other_drafts": sorted(
            (one for one in drafts if one.other), key=attrgetter("updated_at"), reverse=True
        ),
        "discarded": request.GET.get("discarded", ""),
        "copies": list(record.copies.select_related("person")),
        "newest_message": newest,
        "unread": writing.unread,
        "preview": preview,
    }


def _form(
    request: SignedInRequest, draft: Draft | None, rights: frozenset[str], newest: int
) -> AnswerForm:
    """The empty box, or the draft as it was left on any device."""
    initial: dict[str, Any] = {
        "kind": _first_kind(rights),
        "seen": newest,
        "draft_version": 0,
        "go_next": request.session.get("incidents.go_next", False),
    }
    if draft is not None:
        initial |= {
            "kind": draft.kind or initial["kind"],
            "body": draft.body,
            "copy_to": draft.copy_to,
            "then": draft.fields.get("then", ""),
            "draft_version": draft.version,
        }
    return AnswerForm(auto_id="answer_%s", initial=initial)


def steps_now(record: Ticket, rights: frozenset[str]) -> frozenset[str]:
    """The names of the steps this person may take in this state."""
    return rights & {step.name for step in record.workflow.steps_from(record.state)}


def _first_kind(rights: frozenset[str]) -> str:
    """Who reads it unless another is chosen: the requester, where one may write to them."""
    return Message.Kind.PUBLIC if "reply" in rights else Message.Kind.NOTE


def _answer_clock(record: Ticket) -> str:
    """Whether the first response came in time, in a word; empty without a target."""
    due, at = record.first_response_due_at, record.first_response_at
    if at is not None:
        return "response met" if due is None or at <= due else "response late"
    return "" if due is None else "not answered yet"


@require_safe
def conversation(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The conversation alone; 204 while nothing new has happened."""
    record = get_object_or_404(shown_tickets(request), pk=pk)
    feed = read_feed(request.user, record)
    if request.GET.get("seen") == str(feed.newest_event) and request.GET.get("version") == str(
        record.version
    ):
        return HttpResponse(status=204)
    context = {
        "ticket": record,
        "feed": feed,
        "now": timezone.now(),
        "fresh": True,
        "may_split": "split" in allowed(request.user, record),
    }
    return render(request, "incidents/_feed.html", context)


@require_safe
def similar(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Tickets like this one."""
    return draw_similar(request, get_object_or_404(shown_tickets(request), pk=pk))


def draw_similar(request: SignedInRequest, record: Ticket, wrong: str = "") -> HttpResponseBase:
    """The look-alikes, as a page or for the box of the ticket's page.

    Finding them may fail or take too long; then the page says so and goes on without.
    """
    boxes = draw_boxes(request, record, "look-alikes", budget_ms=SIMILAR_MS)
    fragment = bool(request.headers.get("HX-Request"))
    template = "incidents/_look_alikes.html" if fragment else "incidents/similar.html"
    response = render(request, template, {"record": record, "boxes": boxes, "wrong": wrong})
    response["Vary"] = "HX-Request"
    return response


@require_POST
def touch(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The page says that its reader is active; the server's clock decides how long that was."""
    record = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    said = request.POST.get("seconds", "")
    seconds = min(int(said), LONGEST_BEAT) if said.isdecimal() and len(said) < 6 else 0
    now = timezone.now()
    if "touch" in allowed(request.user, record):
        record_touch(
            record, actor=request.user, started_at=now - timedelta(seconds=seconds), ended_at=now
        )
    return HttpResponse(status=204)
