"""Telling all open tickets of a workaround or a fix; and what the workaround is worth."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import DomainError
from core.pages import keyset_page, page_links, show_errors
from core.requests import SignedInRequest
from incidents.models import Ticket
from incidents.values import Values
from incidents.variables import VARIABLES, fill
from problems import actions, permissions
from problems.actions import refusal
from problems.effect import DEFINITION, WITH, WITHOUT, tickets_in
from problems.forms import WorkaroundForm
from problems.models import Problem, Telling
from problems.telling import audience_of, first_words, jobs_of, tell_open_tickets
from problems.workflow import TOLD

READERS = 50


@require_http_methods(["GET", "POST"])
def communicate(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    """The text and its readers, before it goes out; `preview` looks again, `send` sends it."""
    person = request.user
    found = get_object_or_404(Problem.objects.visible_to(person).defer("search_vector"), pk=pk)
    if not permissions.may(person, "send_workaround", found):
        raise PermissionDenied
    reason = refusal(found, kind)
    if reason:
        messages.error(request, reason)
        return redirect(found)
    form = WorkaroundForm(request.POST or None, initial={"body": first_words(found, kind)})
    form.fields["body"].label = "What the requesters read"
    body = first_words(found, kind)
    status = 200
    if request.method == "POST":
        status = 200 if form.is_valid() else 422
        body = form.cleaned_data.get("body", "")
        if status == 200:
            try:
                if "send" in request.POST:
                    return redirect(tell_open_tickets(found, actor=person, kind=kind, body=body))
                actions.check_words(body)
            except DomainError as error:
                show_errors(form, error)
                status = error.status
    audience = audience_of(found, person=person, kind=kind, body=body)
    told = Telling.objects.visible_to(person).filter(problem=found, kind=kind)
    page = keyset_page(
        told.select_related("ticket", "person"),
        order=("-id",),
        cursor=request.GET.get("cursor"),
        size=READERS,
    )
    readers = list(audience.readers[:READERS])
    # Merged tickets are named to those who may see them; their requesters are told all the same.
    apart = Ticket.objects.visible_to(person).filter(pk__in=[one.pk for one in audience.apart])
    related = ("requester", "organisation", "merged_into")
    context = {
        "problem": found,
        "kind": kind,
        "kind_label": dict(TOLD)[kind],
        "form": form,
        "body": body,
        "preview": fill(body, Values(readers[0], person)) if readers else body,
        "variables": VARIABLES.items(),
        "audience": audience,
        "readers": readers,
        "apart": list(apart.select_related(*related).order_by("pk")[:READERS]),
        "more": audience.readers.count() - len(readers),
        "page": page,
        "links": page_links(request, page),
        "jobs": jobs_of(found, person)[:5],
    }
    return render(request, "problems/communicate.html", context, status=status)


@require_GET
def effect(request: SignedInRequest, pk: int, group: str) -> HttpResponse:
    """The tickets behind a number of the workaround's effect."""
    if group not in (WITH, WITHOUT):
        raise Http404
    person = request.user
    found = get_object_or_404(Problem.objects.visible_to(person).defer("search_vector"), pk=pk)
    behind = tickets_in(found, group)
    visible = Ticket.objects.visible_to(person).filter(pk__in=behind.values("pk"))
    page = keyset_page(
        visible.select_related("organisation"), order=("-id",), cursor=request.GET.get("cursor")
    )
    context = {
        "problem": found,
        "group": group,
        "page": page,
        "rows": [(one, one.resolved_at - one.created_at) for one in page.rows if one.resolved_at],
        "links": page_links(request, page),
        "hidden": behind.count() - visible.count(),
        "definition": DEFINITION,
    }
    return render(request, "problems/effect.html", context)
