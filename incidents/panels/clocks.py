"""A ticket's targets beside it."""

from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from catalogue.models import BusinessCalendar, ServiceLevelPolicy
from core.extensions import Panel, panel
from incidents.explaining import clocks_for, label_for, standing_of
from incidents.models import ClockRun, Ticket
from incidents.panels._reading import reader_of

# What is over is told in full on the page behind the box.
MOST_ENDED = 2


@panel("incidents.ticket", "portal", order=40)
@panel("incidents.ticket", "context", order=5)
def targets(request: HttpRequest, record: models.Model) -> Panel | None:
    """Each target with how it stands: those that go, then the last ones that ended."""
    person = reader_of(request)
    if not isinstance(record, Ticket):
        return None
    clocks = clocks_for(person, record)
    if not clocks:
        return None
    now = timezone.now()
    ended = [clock for clock in clocks if not clock.is_going]
    shown = [clock for clock in clocks if clock.is_going] + ended[-MOST_ENDED:]
    rows = [(clock, label_for(person, clock), standing_of(clock, now)) for clock in shown]
    return Panel("targets", "Targets", "incidents/panels/targets.html", {"rows": rows, "now": now})


@panel("catalogue.businesscalendar", "main", order=10)
def calendar_use(request: HttpRequest, record: models.Model) -> Panel | None:
    """Which policies count in a calendar, and how far its newest version has been reckoned."""
    person = reader_of(request)
    if not isinstance(record, BusinessCalendar):
        return None
    used = ServiceLevelPolicy.objects.visible_to(person).filter(versions__targets__calendar=record)
    policies = used.distinct()
    run = ClockRun.objects.visible_to(person).filter(calendar_version__calendar=record).first()
    context: dict[str, object] = {"run": run, "policies": policies}
    return Panel("calendar-use", "Use", "incidents/panels/calendar_use.html", context)
