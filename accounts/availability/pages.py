"""Who is at work: the list of the staff, and one person's hours and absences."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.availability.actions import end_absence, note_absence, set_work_week
from accounts.availability.forms import AbsenceForm, WorkWeekForm
from accounts.availability.reading import schedules
from accounts.models import Absence, Person, WorkWeek
from accounts.models.availability import arranges_for
from accounts.roles import STAFF_ROLES
from core.errors import DomainError
from core.pages import show_errors
from core.requests import SignedInRequest


@require_safe
def availability(request: SignedInRequest) -> HttpResponseBase:
    """The staff with who is at work now, who is away, and until when."""
    if not request.user.is_staff_member:
        raise Http404
    now = timezone.now()
    coming = Absence.objects.visible_to(request.user).not_over(now).select_related("substitute")
    staff = (
        Person.objects.visible_to(request.user)
        .filter(is_active=True, roles__overlap=list(STAFF_ROLES))
        .prefetch_related("teams", Prefetch("absences", queryset=coming, to_attr="coming"))
        .order_by("name")
    )
    people = list(staff)
    weeks = schedules([one.pk for one in people], now)
    rows = [
        {
            "person": one,
            "working": weeks[one.pk].is_working(now),
            "has_hours": bool(weeks[one.pk].shifts),
            "away": next((each for each in one.coming if each.starts_at <= now), None),
            "next": next((each for each in one.coming if each.starts_at > now), None),
        }
        for one in people
    ]
    return render(request, "accounts/availability/list.html", {"rows": rows})


def _colleague(request: SignedInRequest, pk: int) -> Person:
    """A member of the staff; requesters find nobody here."""
    if not request.user.is_staff_member:
        raise Http404
    staff = Person.objects.visible_to(request.user).filter(roles__overlap=list(STAFF_ROLES))
    return get_object_or_404(staff, pk=pk)


def _draw(
    request: SignedInRequest,
    person: Person,
    *,
    week: WorkWeekForm | None = None,
    absence: AbsenceForm | None = None,
    status: int = 200,
) -> HttpResponse:
    kept = WorkWeek.objects.visible_to(request.user).prefetch_related("hours")
    initial = WorkWeekForm.values_of(
        kept.filter(person=person).first(), timezone.get_default_timezone_name()
    )
    absences = Absence.objects.visible_to(request.user).filter(person=person)
    context: dict[str, Any] = {
        "person": person,
        "may_arrange": arranges_for(request.user, person),
        "week": week or WorkWeekForm(initial=initial),
        "absence": absence or AbsenceForm(person=person),
        "absences": absences.not_over(timezone.now()).select_related("substitute"),
        "now": timezone.now(),
    }
    return render(request, "accounts/availability/person.html", context, status=status)


@require_safe
def person_availability(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One person's hours and absences; forms for the person and who leads their team."""
    return _draw(request, _colleague(request, pk))


@require_POST
def set_hours(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Replaces the weekly hours."""
    person = _colleague(request, pk)
    form = WorkWeekForm(request.POST)
    if not form.is_valid():
        return _draw(request, person, week=form, status=422)
    try:
        set_work_week(person, actor=request.user, **form.words())
    except DomainError as error:
        show_errors(form, error)
        return _draw(request, person, week=form, status=error.status)
    messages.success(request, "The working hours are saved.")
    return redirect("accounts:person_availability", person.pk)


@require_POST
def add_absence(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Notes a time away."""
    person = _colleague(request, pk)
    form = AbsenceForm(request.POST, person=person)
    if not form.is_valid():
        return _draw(request, person, absence=form, status=422)
    try:
        note_absence(person, actor=request.user, **form.cleaned_data)
    except DomainError as error:
        show_errors(form, error)
        return _draw(request, person, absence=form, status=error.status)
    messages.success(request, "The absence is noted.")
    return redirect("accounts:person_availability", person.pk)


@require_POST
def stop_absence(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The person is back, or will not be away after all."""
    absences = Absence.objects.visible_to(request.user)
    absence = get_object_or_404(absences, pk=pk)
    try:
        end_absence(absence, actor=request.user, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("accounts:person_availability", absence.person_id)
