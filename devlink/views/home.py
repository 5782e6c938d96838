"""The developer's first page, and the quarterly question."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.boxes import draw_boxes
from core.errors import DomainError
from core.pages import show_errors
from core.requests import SignedInRequest
from devlink import actions
from devlink.boards import owed_verdicts
from devlink.desk import (
    component_weeks,
    open_causes_of,
    own_components,
    own_work,
    questions_asked_by,
    questions_for_support,
    verdicts_for,
)
from devlink.forms import PulseForm
from devlink.permissions import may
from devlink.views.access import staff_page
from incidents.effort import usual_minutes

SHOWN = 8


@require_safe
@staff_page
def home(request: SignedInRequest) -> HttpResponseBase:
    """What one's components cost the desk this week, and what waits for an answer."""
    now = timezone.now()
    person = request.user
    components = list(own_components(person))
    weeks = component_weeks(components, now=now, usual=usual_minutes(now))
    context = {
        "weeks": weeks,
        "tickets": sum(one.tickets for one in weeks),
        "minutes": sum(one.minutes for one in weeks),
        "measured": all(one.measured for one in weeks),
        "causes": open_causes_of(person, components)[:SHOWN],
        "asks": owed_verdicts(person, now=now),
        "questions": questions_for_support(person) if person.is_support else [],
        "waiting": questions_asked_by(person),
        "work": own_work(person)[:20],
        "claims": verdicts_for(person, components)[:SHOWN],
        "boxes": draw_boxes(request, person, "desk"),
        "now": now,
    }
    return render(request, "devlink/home.html", context)


@staff_page
def pulse(request: SignedInRequest) -> HttpResponseBase:
    """One question, once a quarter, anonymous."""
    if not may(request.user, "answer_pulse"):
        raise PermissionDenied
    form = PulseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_pulse(actor=request.user, score=form.cleaned_data["score"])
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, "Thank you. Your answer is stored without your name.")
            return redirect("dashboards:home")
    return render(request, "devlink/pulse.html", {"form": form}, status=422 if form.errors else 200)
