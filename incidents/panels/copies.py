"""Who is in copy, on the requester's page; the desk reads it in the writing box."""

from django.db import models
from django.http import HttpRequest

from core.extensions import Panel, panel
from incidents.copies import copied_people
from incidents.models import Ticket
from incidents.panels._reading import reader_of, rights_of


@panel("incidents.ticket", "portal-side", order=50)
def people_in_copy(request: HttpRequest, record: models.Model) -> Panel | None:
    """People in copy with the requester's buttons; nothing where there is nobody to show."""
    if not isinstance(record, Ticket):
        return None
    person = reader_of(request)
    found = copied_people(person, record)
    may_change = "copy" in rights_of(request, record)
    if not found and not may_change:
        return None
    anybody = person.organisation is not None and person.organisation.copies_outside
    context: dict[str, object] = {"copies": found, "may_change": may_change, "anybody": anybody}
    return Panel("copies", "In copy", "incidents/panels/copies.html", context)
