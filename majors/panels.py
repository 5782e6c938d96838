"""What major incidents show on the pages of tickets."""

from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Person
from core.extensions import Panel, panel
from incidents.models import Kind, Ticket
from majors.models import MajorIncident
from majors.permissions import may_propose
from majors.reports import last_told_to_requesters, major_of


@panel("incidents.ticket", "context", order=5)
def part_of_a_major(request: HttpRequest, record: Model) -> Panel | None:
    """Which major incident the ticket belongs to and what was said last; or the way to propose."""
    person = request.user
    if not isinstance(person, Person) or not isinstance(record, Ticket):
        return None
    if not person.is_staff_member:
        return None
    major = major_of(record)
    if major is not None and not MajorIncident.objects.visible_to(person).filter(pk=major.pk):
        return None
    may = record.kind == Kind.INCIDENT and record.is_open and may_propose(person, record)
    if major is None and not may:
        return None
    update = None if major is None else major.updates.prefetch_related("texts").first()
    context: dict[str, object] = {
        "major": major,
        "update": update,
        "ticket": record,
        "may_propose": may and (major is None or major.state in {"rejected", "cancelled"}),
        "now": timezone.now(),
    }
    return Panel("major", "Major incident", "majors/_on_ticket.html", context)


@panel("incidents.ticket", "portal", order=5)
def known_interruption(request: HttpRequest, record: Model) -> Panel | None:
    """What affected requesters were told last, on their own ticket."""
    if not isinstance(record, Ticket):
        return None
    major = major_of(record)
    if major is None or major.state != "accepted":
        return None
    text = last_told_to_requesters(major)
    if text is None:
        return None
    context: dict[str, object] = {"major": major, "text": text, "now": timezone.now()}
    return Panel("major", "A known interruption", "majors/_on_portal.html", context)
