"""Pages of business calendars: when people work."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from catalogue.actions import make_calendar, save_calendar
from catalogue.forms.calendars import (
    OFFICE_WEEK,
    WEEKDAYS,
    CalendarForm,
    NewCalendarForm,
    initial_of,
)
from catalogue.hours import write_hours
from catalogue.models import BusinessCalendar, CalendarVersion
from catalogue.permissions import may_arrange_clocks
from core.boxes import draw_boxes
from core.errors import DomainError
from core.pages import show_errors
from core.requests import SignedInRequest

DAYS_SHOWN = 12
VERSIONS_SHOWN = 10


@require_safe
def calendars(request: SignedInRequest) -> HttpResponse:
    """Every calendar with its version in force."""
    _staff_only(request)
    found = CalendarVersion.objects.visible_to(request.user)
    versions = found.order_by("calendar__name", "-number").distinct("calendar__name")
    rows = [(one, _week(one)) for one in versions.select_related("calendar")]
    context = {"rows": rows, "may_arrange": may_arrange_clocks(request.user)}
    return render(request, "catalogue/calendars.html", context)


@require_safe
def calendar(request: SignedInRequest, pk: int) -> HttpResponse:
    """One calendar: its hours, the dates ahead, its versions, and what hangs on it."""
    record = get_object_or_404(BusinessCalendar.objects.visible_to(request.user), pk=pk)
    version = record.newest
    today = timezone.localdate().isoformat()
    ahead = [one for one in version.days if one["date"] >= today][:DAYS_SHOWN]
    context = {
        "calendar": record,
        "version": version,
        "week": _week(version),
        "ahead": [{**one, "hours": write_hours(one["hours"])} for one in ahead],
        "last_day": version.days[-1]["date"] if version.days else "",
        "versions": record.versions.select_related("created_by")[:VERSIONS_SHOWN],
        "may_arrange": may_arrange_clocks(request.user),
        "main_boxes": draw_boxes(request, record, "main"),
    }
    return render(request, "catalogue/calendar.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """A new version of the hours; open tickets are reckoned anew afterwards."""
    record = get_object_or_404(BusinessCalendar.objects.visible_to(request.user), pk=pk)
    _arrangers_only(request)
    version = record.newest
    if request.method != "POST":
        form = CalendarForm(initial=initial_of(version), version=version)
        return _draw(request, form, record)
    form = CalendarForm(request.POST, request.FILES, version=version)
    if form.is_valid():
        try:
            saved = save_calendar(record, actor=request.user, hours=form.hours)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, f"Version {saved.number} is in force.")
            return redirect(record)
    return _draw(request, form, record, status=422)


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponseBase:
    """A new calendar."""
    _arrangers_only(request)
    if request.method != "POST":
        zone = timezone.get_current_timezone_name()
        return _draw(request, NewCalendarForm(initial={"zone": zone, **OFFICE_WEEK}), None)
    form = NewCalendarForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            made = make_calendar(
                actor=request.user, name=form.cleaned_data["name"], hours=form.hours
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect(made)
    return _draw(request, form, None, status=422)


def _draw(
    request: SignedInRequest, form: CalendarForm, record: BusinessCalendar | None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "calendar": record}
    return render(request, "catalogue/calendar_form.html", context, status=status)


def _week(version: CalendarVersion) -> list[tuple[str, str]]:
    return [
        (name.capitalize(), write_hours(day))
        for name, day in zip(WEEKDAYS, version.week, strict=True)
    ]


def _staff_only(request: SignedInRequest) -> None:
    if not request.user.is_staff_member:
        raise PermissionDenied


def _arrangers_only(request: SignedInRequest) -> None:
    if not may_arrange_clocks(request.user):
        raise PermissionDenied
