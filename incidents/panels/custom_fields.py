"""Answers to forms beside a ticket, for the desk and for its requester."""

from django.db import models
from django.http import HttpRequest

from catalogue.asking import custom_fields_of
from core.extensions import Panel, panel
from incidents.custom_fields import read_answer_sets
from incidents.models import Kind, Ticket
from incidents.panels._reading import reader_of
from incidents.permissions import may


@panel("incidents.ticket", "context", order=20)
def custom_fields(request: HttpRequest, record: models.Model) -> Panel | None:
    """A service's custom fields, which the desk may change."""
    person = reader_of(request)
    if not isinstance(record, Ticket) or not person.is_staff_member:
        return None
    sets = [one for one in read_answer_sets(person, record) if one.is_of_service]
    asked = custom_fields_of(record.service)
    # A request of the catalogue asks with its own form.
    if not sets and (asked is None or record.kind != Kind.INCIDENT):
        return None
    title = asked.form.name if asked else sets[0].answers.form.name
    context: dict[str, object] = {
        "sets": sets,
        "searchable": True,
        "may_edit": asked is not None and may(person, "edit", record),
    }
    return Panel("custom-fields", title, "incidents/panels/custom_fields.html", context)


@panel("incidents.ticket", "portal", order=40)
def what_you_told_us(request: HttpRequest, record: models.Model) -> Panel | None:
    """What the requester filled in, for them to read again."""
    if not isinstance(record, Ticket):
        return None
    sets = [one for one in read_answer_sets(reader_of(request), record) if one.shown]
    if not sets:
        return None
    template = "incidents/panels/custom_fields.html"
    return Panel("answers", "What you told us", template, {"sets": sets})
