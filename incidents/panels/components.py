"""Tickets on the page of a component."""

from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from catalogue.models import Component
from core.extensions import Panel, panel
from incidents.models import Ticket
from incidents.panels._reading import reader_of
from incidents.queues import by_target, listed, rows_of

COMPONENT_ROWS = 10


@panel("catalogue.component", "main", order=10)
def open_tickets_of(request: HttpRequest, record: models.Model) -> Panel | None:
    """Open tickets of a component, nearest target first."""
    person = reader_of(request)
    if not isinstance(record, Component) or not person.is_staff_member:
        return None
    tickets = Ticket.objects.visible_to(person).open().filter(component=record)
    now = timezone.now()
    return Panel(
        "open-tickets",
        "Open tickets",
        "incidents/panels/component_tickets.html",
        {"rows": rows_of(list(listed(by_target(tickets))[:COMPONENT_ROWS]), now), "now": now},
    )
