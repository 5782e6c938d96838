"""The history of a ticket."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.pages import keyset_page, page_links
from core.requests import SignedInRequest
from incidents.history import actors_of, history_of, kinds_for, told_entries
from incidents.models import Ticket


@require_safe
def history(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Everything that happened, newest first, narrowed by kind and person."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    return draw_history(request, ticket)


def draw_history(request: SignedInRequest, ticket: Ticket) -> HttpResponse:
    """The page itself; a choice that does not exist finds nothing rather than everything."""
    person = request.user
    kind, actor = request.GET.get("kind", ""), request.GET.get("person", "")[:12]
    kinds = kinds_for(person)
    found = history_of(person, ticket, kind=kind, actor=actor)
    if kind and kind not in kinds:
        found = found.none()
    page = keyset_page(found, order=("-id",), cursor=request.GET.get("cursor") or None)
    back = (
        ticket.get_absolute_url()
        if person.is_staff_member
        else reverse("incidents:portal_ticket", args=[ticket.pk])
    )
    context = {
        "ticket": ticket,
        "entries": told_entries(person, page.rows),
        "links": page_links(request, page),
        "kinds": kinds,
        "kind": kind,
        "actors": actors_of(person, ticket),
        "actor": actor,
        "back": back,
    }
    return render(request, "incidents/history.html", context)
