"""Rating the help by the link of a mail, without signing in."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from core.pages import show_errors
from incidents.actions import earlier_resolution_words, rate_ticket
from incidents.forms.rating import RateForm
from incidents.models import CsatSurvey, Ticket
from incidents.rating_links import rated_by
from incidents.workflow import CLOSED, RESOLVED


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rating(request: HttpRequest, token: str) -> HttpResponse:
    """The page asks and POST keeps: a program that opens every link of a mail rates nothing.

    The signed token is the right: whoever holds the requester's mail may answer, once a
    resolution.
    """
    found = rated_by(token)
    if found is None:
        raise Http404
    asked = Asked(*found)
    if request.method != "POST":
        score = request.GET.get("score", "")
        form = RateForm(initial={"score": score if score in ("1", "2", "3", "4", "5") else ""})
        return _draw(request, asked, form)
    form = RateForm(request.POST)
    if not form.is_valid():
        return _draw(request, asked, form, status=422)
    try:
        rate_ticket(
            asked.ticket,
            actor=asked.ticket.requester,
            **{**form.cleaned_data, "resolution": asked.resolution},
            via=CsatSurvey.Via.LINK,
        )
    except DomainError as error:
        asked.ticket.refresh_from_db()
        show_errors(form, error)
        return _draw(request, asked, form, status=error.status)
    return redirect("incidents:rating", token)


@dataclass(frozen=True)
class Asked:
    """What a link asks about: a ticket and which of its resolutions."""

    ticket: Ticket
    resolution: int

    @property
    def is_earlier(self) -> bool:
        """The ticket was opened again since."""
        return self.resolution != self.ticket.resolution_number


def _draw(request: HttpRequest, asked: Asked, form: RateForm, status: int = 200) -> HttpResponse:
    """The question; what was answered; or why there is nothing to answer (any more)."""
    ticket = asked.ticket
    survey = CsatSurvey.objects.of_resolution(ticket, asked.resolution)
    context: dict[str, Any] = {
        "ticket": ticket,
        "form": form,
        "survey": survey,
        "answered": survey is not None and survey.answered_at is not None,
        "earlier": earlier_resolution_words(ticket) if asked.is_earlier else "",
        "over": ticket.state_category in (RESOLVED, CLOSED),
    }
    response = render(request, "incidents/rating.html", context, status=status)
    # The address holds the right to answer: it is told to nobody.
    response["Referrer-Policy"] = "no-referrer"
    return response
