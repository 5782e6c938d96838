"""Why a ticket is due when it is."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.requests import SignedInRequest
from incidents.explaining import explain_ticket
from incidents.models import Ticket


@require_safe
def clocks(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every segment of every clock of a ticket, for staff and for its requester."""
    record = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    now = timezone.now()
    explained = explain_ticket(request.user, record, now)
    context = {"ticket": record, "clocks": explained, "now": now}
    return render(request, "incidents/clocks.html", context)
