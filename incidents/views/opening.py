"""Logging a ticket: the form, and what is suggested while it is filled in."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Person
from catalogue.asking import AskedForm
from core.boxes import Box, draw_boxes
from core.errors import DomainError
from core.pages import show_errors
from core.questions import clean
from core.requests import SignedInRequest
from incidents import actions
from incidents.forms import DraftForm, NewTicketForm
from incidents.models import Draft, Ticket
from incidents.models.ticket import priority_of
from incidents.people import beginning_with
from incidents.similar import warm_up
from incidents.views.asked import asked_beside, asked_context, keep_asked

# One statement of a suggestion may take so long; a slower one is left out.
STATEMENT_MS = 150
SHORTEST_TITLE = 4
MOST_PEOPLE = 8


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponseBase:
    """The form; requesters get theirs in the portal."""
    if not request.user.is_support:
        return redirect("incidents:portal_report")
    warm_up()
    if request.method != "POST":
        draft = Draft.objects.current(request.user, None)
        begun = {} if draft is None else draft.fields
        form = NewTicketForm(reader=request.user, initial={**begun, **_initial(request)})
        return _draw(request, form, boxes=[])
    if "suggest" in request.POST or "use_component" in request.POST:
        return _with_suggestions(request)
    form = NewTicketForm(request.POST, reader=request.user)
    asked = asked_beside(request, request.user, bound=True)
    sound = [one.is_valid() for one in (form, asked) if one is not None]
    if not all(sound):
        return _draw(request, form, status=422, asked=asked)
    try:
        ticket = _open(request.user, form.cleaned_data, asked)
    except DomainError as error:
        show_errors(form, error)
        return _draw(request, form, status=error.status, asked=asked)
    messages.success(request, f"{ticket.reference} is logged.")
    return redirect(f"{ticket.get_absolute_url()}?sent=1")


def _initial(request: SignedInRequest) -> dict[str, Any]:
    """What a link may fill in already."""
    return {
        name: request.GET[name][:250]
        for name in ("title", "requester", "component", "service")
        if name in request.GET
    }


def _with_suggestions(request: SignedInRequest) -> HttpResponse:
    """With scripts off: the same form with what was typed, a proposal taken over, suggestions."""
    data = request.POST.copy()
    if data.get("use_component"):
        data["component"] = str(data["use_component"])
        data["service"] = str(data.get("use_service", ""))
    typed = {name: data.get(name) for name in NewTicketForm.base_fields if name in data}
    form = NewTicketForm(reader=request.user, initial=typed)
    return _draw(request, form, boxes=suggestion_boxes(request, DraftForm(data)))


@transaction.atomic
def _open(actor: Person, said: dict[str, Any], asked: AskedForm | None) -> Ticket:
    """Opens the ticket with its custom fields, for a new requester when one was filled in."""
    words = dict(said)
    name, email = words.pop("new_name"), words.pop("new_email")
    if words["requester"] is None:
        words["requester"] = actions.introduce_requester(actor=actor, name=name, email=email)
    assignee = actor if words.pop("mine") else None
    ticket = actions.open_ticket(actor=actor, assignee=assignee, **words)
    actions.spend_draft(actor=actor, ticket=None)
    keep_asked(ticket, actor, asked)
    return ticket


def _draw(
    request: SignedInRequest,
    form: NewTicketForm,
    boxes: list[Box] | None = None,
    status: int = 200,
    asked: AskedForm | None = None,
) -> HttpResponse:
    if asked is None:
        asked = asked_beside(request, request.user, bound=False)
    if boxes is None:
        boxes = suggestion_boxes(request, DraftForm(request.POST))
    context = {
        "form": form,
        "boxes": boxes,
        "priority": _priority(form),
        "draft": Draft.objects.current(request.user, None),
        "other_drafts": Draft.objects.others(request.user, None),
        "discarded": request.GET.get("discarded", ""),
        **asked_context(asked),
    }
    return render(request, "incidents/new.html", context, status=status)


def _priority(form: NewTicketForm) -> int:
    """The priority impact and urgency lead to, as far as they are chosen."""
    levels = [str(form[name].value()) for name in ("impact", "urgency")]
    impact, urgency = (int(one) if one in {"1", "2", "3"} else 2 for one in levels)
    return priority_of(impact, urgency)


def suggestion_boxes(request: SignedInRequest, form: DraftForm) -> list[Box]:
    """What may help with this draft; empty while there is too little to go by."""
    draft = form.draft()
    if len(draft.title.strip()) < SHORTEST_TITLE:
        return []
    return draw_boxes(request, draft, "suggestions", budget_ms=STATEMENT_MS)


@require_POST
def suggestions(request: SignedInRequest) -> HttpResponseBase:
    """The right column while somebody types."""
    boxes = suggestion_boxes(request, DraftForm(request.POST))
    return render(request, "incidents/_suggestions.html", {"boxes": boxes, "asked": True})


@require_safe
def people(request: SignedInRequest) -> HttpResponseBase:
    """People a part of whose name or address begins with what was typed, as options of a list."""
    text = clean(request.GET.get("requester", ""))[:100]
    found: list[Person] = []
    if len(text) > 1 and request.user.is_support:
        begins = beginning_with(request.user, text).select_related("organisation")
        found = list(begins[:MOST_PEOPLE])
    return render(request, "incidents/_people.html", {"people": found})
