"""Rating the help by the link of a mail, without signing in."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from core.pages import show_errors
from incidents.actions import rate_ticket
from incidents.forms.rating import RateForm
from incidents.models import CsatSurvey, Ticket
from incidents.rating_links import ticket_of
from incidents.workflow import CLOSED, RESOLVED


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rating(request: HttpRequest, token: str) -> HttpResponse:
    """The page asks and POST keeps: a program that opens every link of a mail rates nothing.

    The signed token is the right: whoever holds the requester's mail may answer, once.
    """
    ticket = ticket_of(token)
    if ticket is None:
        raise Http404
    if request.method != "POST":
        score = request.GET.get("score", "")
        form = RateForm(initial={"score": score if score in ("1", "2", "3", "4", "5") else ""})
        return _draw(request, ticket, form)
    form = RateForm(request.POST)
    if not form.is_valid():
        return _draw(request, ticket, form, status=422)
    try:
        rate_ticket(ticket, actor=ticket.requester, via=CsatSurvey.Via.LINK, **form.cleaned_data)
    except DomainError as error:
        ticket.refresh_from_db()
        show_errors(form, error)
        return _draw(request, ticket, form, status=error.status)
    return redirect("incidents:rating", token)


def _draw(request: HttpRequest, ticket: Ticket, form: RateForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "ticket": ticket,
        "form": form,
        "answered": ticket.csat_score is not None,
        "survey": CsatSurvey.objects.select_related("reason").filter(pk=ticket.pk).first(),
        "over": ticket.state_category in (RESOLVED, CLOSED),
    }
    response = render(request, "incidents/rating.html", context, status=status)
    # The address holds the right to answer: it is told to nobody.
    response["Referrer-Policy"] = "no-referrer"
    return response
