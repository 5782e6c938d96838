"""The page of one ticket, and what it asks for while it is open."""

from datetime import timedelta

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Person
from core.boxes import draw_boxes
from core.requests import SignedInRequest
from incidents.actions import record_touch
from incidents.feed import read_feed
from incidents.forms import AnswerForm
from incidents.models import Attachment, Message, Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.permissions import allowed
from incidents.queues import column_for
from incidents.similar import similar_to
from incidents.wording import clock

VIEWING = timedelta(seconds=45)
LONGEST_BEAT = 30


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


def draw_workspace(
    request: SignedInRequest, record: Ticket, form: AnswerForm | None = None, status: int = 200
) -> HttpResponse:
    """Queue, conversation and context; `form` holds words that were refused."""
    now = timezone.now()
    rights = allowed(request.user, record)
    context = {
        "ticket": record,
        "rights": rights,
        "steps": steps_now(record, rights),
        "clock": clock(record.state_category, record.resolution_due_at, now),
        "answer_clock": _answer_clock(record),
        "feed": read_feed(request.user, record, everything="all" in request.GET),
        "viewers": _viewers(record, request.user),
        "column": column_for(request, request.GET.get("from", ""), now, record),
        "origin": request.GET.get("from", ""),
        "boxes": draw_boxes(request, record, "context"),
        "main_boxes": draw_boxes(request, record, "main"),
        "form": form or AnswerForm(auto_id="answer_%s", initial={"kind": _first_kind(rights)}),
        "now": now,
        "may_split": "split" in rights,
    }
    return render(request, "incidents/ticket.html", context, status=status)


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


def _viewers(record: Ticket, reader: Person) -> list[str]:
    """Others who have the ticket open right now."""
    since = timezone.now() - VIEWING
    touches = record.touches.filter(ended_at__gte=since).exclude(person=reader)
    return sorted(set(touches.values_list("person__name", flat=True)))


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
    record = get_object_or_404(shown_tickets(request), pk=pk)
    matches = similar_to(request.user, record)
    context = {"record": record, "matches": matches}
    fragment = bool(request.headers.get("HX-Request"))
    template = "incidents/_similar.html" if fragment else "incidents/similar.html"
    response = render(request, template, context)
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


@require_safe
def attachment(request: SignedInRequest, token: str) -> HttpResponseBase:
    """A file, always as a download: whatever it claims to be, no browser shows it here."""
    found = get_object_or_404(Attachment.objects.visible_to(request.user), token=token)
    response = FileResponse(
        found.file.open("rb"),
        as_attachment=True,
        filename=found.name,
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store, private"
    return response
