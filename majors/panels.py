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


@panel("incidents.ticket", "context", order=4)
def part_of_a_major(request: HttpRequest, record: Model) -> Panel | None:
    """Which major incident the ticket belongs to, first of all boxes, and what was said last."""
    person = request.user
    if not isinstance(person, Person) or not isinstance(record, Ticket):
        return None
    major = _readable_major(person, record)
    if major is None:
        return None
    context: dict[str, object] = {
        "major": major,
        "update": major.updates.prefetch_related("texts").first(),
        "ticket": record,
        "may_propose": major.state in OVER and _may_propose(person, record),
        "now": timezone.now(),
    }
    return Panel("major", "Major incident", "majors/_on_ticket.html", context)


@panel("incidents.ticket", "context", order=80)
def way_to_a_major(request: HttpRequest, record: Model) -> Panel | None:
    """The button that proposes an incident as a major one, while it is in none."""
    person = request.user
    if not isinstance(person, Person) or not isinstance(record, Ticket):
        return None
    if not _may_propose(person, record) or _major_of(record) is not None:
        return None
    context: dict[str, object] = {"ticket": record, "may_propose": True}
    return Panel("major-proposal", "Major incident", "majors/_on_ticket.html", context)


# A candidate that came to nothing may be proposed anew.
OVER = frozenset({"rejected", "cancelled"})


def _may_propose(person: Person, ticket: Ticket) -> bool:
    return ticket.kind == Kind.INCIDENT and ticket.is_open and may_propose(person, ticket)


def _readable_major(person: Person, ticket: Ticket) -> MajorIncident | None:
    """The major incident the ticket belongs to, if staff who may read it ask."""
    if not person.is_staff_member:
        return None
    major = _major_of(ticket)
    if major is None or not MajorIncident.objects.visible_to(person).filter(pk=major.pk).exists():
        return None
    return major


def _major_of(ticket: Ticket) -> MajorIncident | None:
    """`major_of`, looked up once for both boxes of a page."""
    known = ticket.__dict__
    if "_major" not in known:
        known["_major"] = major_of(ticket)
    found: MajorIncident | None = known["_major"]
    return found


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
