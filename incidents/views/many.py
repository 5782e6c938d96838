"""Pages of work on many tickets: what to do, how far it is, what was refused."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError
from core.pages import StepView, keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from incidents.imports.pace import Pace
from incidents.jobs.operations import (
    MOST_NAMED,
    MOST_TICKETS,
    Operation,
    ParamsForm,
    cancel_job,
    known_operations,
    operations_for,
    start_job,
    undo_job,
    undo_refusal,
)
from incidents.listing.reading import Listing, read_listing
from incidents.models import Ticket, TicketJob, TicketJobItem

SHOWN_TITLES = 12


class Selection:
    """The tickets chosen on a list: one by one, or all of the list."""

    def __init__(self, request: SignedInRequest, given: QueryDict) -> None:
        self.list: Listing = read_listing(request.user, QueryDict(given.get("list", "")[:8_000]))
        self.whole = given.get("whole") == "1"
        chosen = given.getlist("ticket")[: MOST_NAMED + 1]
        self.ids = [int(pk) for pk in chosen if pk.isdecimal() and len(pk) < 18]
        visible = Ticket.objects.visible_to(request.user)
        self.tickets = self.list.tickets if self.whole else visible.filter(pk__in=self.ids)
        self.count = self.tickets.order_by()[: MOST_TICKETS + 1].count()

    @property
    def titles(self) -> list[Ticket]:
        """The first of them."""
        return list(self.tickets.order_by("-pk")[:SHOWN_TITLES])

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The selection as a form carries it on."""
        words = [("list", self.list.address())]
        if self.whole:
            return [*words, ("whole", "1")]
        return [*words, *(("ticket", str(pk)) for pk in self.ids)]

    def start(self, request: SignedInRequest, chosen: Operation, form: ParamsForm) -> TicketJob:
        """Queues the operation on what is still there of the selection."""
        which: dict[str, Any] = {"query": self.list.query}
        if not self.whole:
            which = {"ticket_ids": list(self.tickets.order_by("-pk").values_list("pk", flat=True))}
        params = form.params()
        return start_job(actor=request.user, operation=chosen.name, params=params, **which)


@require_http_methods(["GET", "POST"])
def many(request: SignedInRequest) -> HttpResponseBase:
    """What is to be done to the chosen tickets, said before it starts."""
    if not request.user.is_staff_member:
        return redirect("incidents:portal")
    given = request.POST if request.method == "POST" else request.GET
    selection = Selection(request, given)
    chosen = known_operations().get(given.get("operation", ""))
    offered = operations_for(request.user)
    if chosen is None or chosen not in offered:
        return _drawn(request, selection, offered=offered)
    form_class = chosen.form or ParamsForm
    if request.method != "POST":
        return _drawn(request, selection, chosen, form_class(reader=request.user))
    form = form_class(request.POST, reader=request.user)
    if not form.is_valid():
        return _drawn(request, selection, chosen, form, status=422)
    try:
        job = selection.start(request, chosen, form)
    except DomainError as error:
        show_errors(form, error)
        return _drawn(request, selection, chosen, form, status=error.status)
    return redirect(f"{job.get_absolute_url()}?{urlencode({'from': selection.list.address()})}")


def _drawn(
    request: SignedInRequest,
    selection: Selection,
    chosen: Operation | None = None,
    form: ParamsForm | None = None,
    *,
    offered: list[Operation] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "selection": selection,
        "more": max(selection.count - SHOWN_TITLES, 0),
        "operation": chosen,
        "form": form,
        "offered": offered or (),
        "back": f"{reverse('incidents:tickets')}?{selection.list.address()}",
    }
    return render(request, "incidents/many.html", context, status=status)


def _visible(request: SignedInRequest) -> QuerySet[TicketJob]:
    return TicketJob.objects.visible_to(request.user).select_related("requested_by", "undoes")


def _progress(request: SignedInRequest, job: TicketJob) -> dict[str, Any]:
    """How far a job is, and what can be done about it."""
    worked = 0.0
    if job.started_at:
        worked = (job.heartbeat_at - job.started_at).total_seconds()
    chosen = known_operations().get(job.operation)
    undoing = TicketJob.objects.visible_to(request.user).filter(undoes=job).first()
    partly = undoing or job
    return {
        "job": job,
        "pace": Pace(job.over, job.total, worked),
        "undoing": undoing,
        "partly": partly.items.partly().count() if partly.undoes_id else 0,
        "undo_refusal": "" if undoing else undo_refusal(job, request.user),
        "undo_note": chosen.undo_note if chosen else "",
    }


@require_safe
def ticket_jobs(request: SignedInRequest) -> HttpResponseBase:
    """Work on many tickets, newest first."""
    page = keyset_page(
        _visible(request), order=("-id",), cursor=request.GET.get("cursor") or None, size=30
    )
    context = {"page": page, "links": page_links(request, page)}
    return render(request, "incidents/ticket_jobs.html", context)


@require_safe
def ticket_job(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One job: how far it is, what was refused and why, and its undoing."""
    job = get_object_or_404(_visible(request), pk=pk)
    items = TicketJobItem.objects.visible_to(request.user).filter(job=job).with_reason()
    page = keyset_page(
        items.select_related("ticket"),
        order=("id",),
        cursor=request.GET.get("cursor") or None,
        size=50,
    )
    origin = request.GET.get("from", "") or job.query
    context = {
        **_progress(request, job),
        "page": page,
        "links": page_links(request, page),
        "back": f"{reverse('incidents:tickets')}?{origin}",
    }
    return render(request, "incidents/ticket_job.html", context)


@require_safe
def job_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """The bar alone; the whole page is read anew once the job is over."""
    job = get_object_or_404(_visible(request), pk=pk)
    response = render(request, "incidents/_job_progress.html", _progress(request, job))
    if not job.is_unfinished:
        response["HX-Refresh"] = "true"
    return response


class JobStep(StepView):
    """A button of a job."""

    def records(self, request: SignedInRequest) -> QuerySet[TicketJob]:
        return _visible(request)


class StopJob(JobStep):
    """No further ticket is touched."""

    success_message = "Stopped. What was done stays done."

    def take(self, record: Any, form: forms.Form | None) -> TicketJob:
        return cancel_job(record, actor=self.person)


class UndoJob(JobStep):
    """Takes back what the job did."""

    def take(self, record: Any, form: forms.Form | None) -> TicketJob:
        return undo_job(record, actor=self.person)

    def success_url(self, record: Any, result: Any) -> str:
        return str(result.get_absolute_url())
