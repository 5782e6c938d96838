"""Sprints: the list, the page both sides plan on, and its steps."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Person
from core.errors import DomainError
from core.pages import keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from devlink import actions
from devlink.boards import Asked, Line, board
from devlink.evidence.reading import readable_content, readable_tickets
from devlink.forms import AskForm, SprintForm, StartSprintForm
from devlink.ledger import taking_part
from devlink.models import EvidencePack, Sprint
from devlink.permissions import allowed_steps, may
from devlink.points import Purse, own_purses
from devlink.views.access import DevelopmentStep, staff_page, words_of

OPEN_ASKS = Q(asks__state__in=["open", "needs_info"])


@require_safe
@staff_page
def sprints(request: SignedInRequest) -> HttpResponseBase:
    """Every sprint, the newest first, with what support asks of it."""
    shown = (
        Sprint.objects.visible_to(request.user)
        .select_related("team")
        .annotate(
            items=Count("work_items", distinct=True),
            asked=Count("asks", distinct=True),
            waiting=Count("asks", filter=OPEN_ASKS, distinct=True),
        )
    )
    state = request.GET.get("state", "")
    if state in {"planning", "active", "closed"}:
        shown = shown.filter(state=state)
    page = keyset_page(shown, order=("-starts_on", "-id"), cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "links": page_links(request, page),
        "state": state,
        "may_create": may(request.user, "create_sprint"),
    }
    return render(request, "devlink/sprints.html", context)


@require_safe
@staff_page
def sprint(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The sprint's items with their evidence, what support asks, and the answers.

    Support reading it is noted in the ledger as viewed.
    """
    record = get_object_or_404(
        Sprint.objects.visible_to(request.user).select_related("team"), pk=pk
    )
    actions.note_view(record, actor=request.user)
    now = timezone.now()
    shown = board(
        record,
        now=now,
        asked=Asked(request.GET.get("cursor"), request.GET.get("asks"), _number(request, "ask")),
    )
    person = request.user
    line = shown.line_of(_number(request, "item"))
    pack = _pack_of(person, line)
    context = {
        "sprint": record,
        "board": shown,
        "item_links": page_links(request, shown.items_page),
        "ask_links": page_links(request, shown.asks_page, parameter="asks", anchor="#asked"),
        "line": line,
        "pack": pack,
        "content": pack and readable_content(pack, readable_tickets(person, [pack])),
        "now": now,
        "steps": {step.name for step in allowed_steps(person, record)},
        "may_ask": record.is_planning and may(person, "ask"),
        "may_decide": may(person, "accept"),
        "may_answer": may(person, "answer_question"),
        "points": _points(request, record),
        "part": taking_part(record, person),
    }
    return render(request, "devlink/sprint.html", context)


def _number(request: SignedInRequest, name: str) -> int | None:
    """The record's number in the address (`?item=7`)."""
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 12 else None


def _pack_of(person: Person, line: Line | None) -> EvidencePack | None:
    """The pack whose evidence the page shows beside the table."""
    if line is None or line.badge is None:
        return None
    return EvidencePack.objects.visible_to(person).filter(pk=line.badge.pack_id).first()


def _points(request: SignedInRequest, record: Sprint) -> list[Purse]:
    """What the reader's own support teams may still stake."""
    if not record.is_planning or not may(request.user, "ask"):
        return []
    return own_purses(request.user, [record])


@staff_page
def new_sprint(request: SignedInRequest) -> HttpResponseBase:
    """Plans a sprint."""
    if not may(request.user, "create_sprint"):
        raise PermissionDenied
    form = SprintForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_sprint(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect(made)
    return _form_page(request, form, "Plan a sprint", "Plan it")


def _form_page(request: SignedInRequest, form: forms.Form, title: str, submit: str) -> HttpResponse:
    context = {"form": form, "title": title, "submit": submit, "back": "devlink:sprints"}
    return render(request, "devlink/form.html", context, status=422 if form.errors else 200)


class SprintStep(DevelopmentStep):
    """A step of a sprint."""

    def records(self, request: SignedInRequest) -> QuerySet[Sprint]:
        return Sprint.objects.visible_to(request.user)


class EditSprint(SprintStep):
    """Changes goal and dates."""

    right = "edit_sprint"
    title = "Change the sprint"

    def shape(self, record: Sprint, data: Any) -> forms.Form:
        names = ("goal", "starts_on", "ends_on", "planning_at")
        form = SprintForm(
            self.person, data, initial={name: getattr(record, name) for name in names}
        )
        for name in ("name", "team"):
            del form.fields[name]
        return form

    def take(self, record: Sprint, form: forms.Form | None) -> Sprint:
        return actions.edit_sprint(record, actor=self.person, **words_of(form))


class StartSprint(SprintStep):
    """Commits to the sprint; every ask has its answer first."""

    right = "start_sprint"
    form_class = StartSprintForm
    title = "Start the sprint"
    submit_label = "Start the sprint"

    def take(self, record: Sprint, form: forms.Form | None) -> Sprint:
        return actions.start_sprint(record, actor=self.person, **words_of(form))


class CloseSprint(SprintStep):
    """Ends the sprint."""

    right = "close_sprint"

    def take(self, record: Sprint, form: forms.Form | None) -> Sprint:
        return actions.close_sprint(record, actor=self.person)


class AskInSprint(SprintStep):
    """Support adds evidence: asks for a fix of a problem in this sprint."""

    right = "ask"
    title = "Add evidence and ask for a fix"
    submit_label = "Freeze the evidence and ask"

    def shape(self, record: Sprint, data: Any) -> forms.Form:
        form = AskForm(self.person, data, sprints=[record])
        del form.fields["sprint"]
        return form

    def take(self, record: Sprint, form: forms.Form | None) -> object:
        return actions.ask_for_fix(sprint=record, actor=self.person, **words_of(form))
