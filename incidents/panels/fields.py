"""The fields people change most, beside the conversation."""

from django.db import models
from django.http import HttpRequest

from core.extensions import Panel, panel
from incidents.models import Ticket
from incidents.panels._reading import reader_of
from incidents.permissions import may


@panel("incidents.ticket", "context", order=12)
def fields(request: HttpRequest, record: models.Model) -> Panel | None:
    """Priority, service, component, team and assignee, each changed by one choice."""
    if not isinstance(record, Ticket) or not may(reader_of(request), "edit", record):
        return None
    return Panel("fields", "Fields", "incidents/panels/fields.html", {})
