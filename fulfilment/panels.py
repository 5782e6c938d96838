"""What a ticket's pages show of its request: the strip of steps, approvals, the plan."""

from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Person
from core.extensions import Panel, panel
from fulfilment.models import ItemRequest, PlanTask
from fulfilment.permissions import may_work
from fulfilment.reading import approvals_of, stages
from incidents.custom_fields import answer_set
from incidents.models import Ticket


def _request_of(record: models.Model) -> ItemRequest | None:
    """The catalogue request behind a ticket one may see."""
    if not isinstance(record, Ticket) or record.kind != "service_request":
        return None
    rows = ItemRequest.objects.select_related("item", "answers__version", "answers__form")
    found = rows.filter(ticket=record).first()  # visibility: of the ticket whose page this is
    if found is not None:
        found.ticket = record
    return found


@panel("incidents.ticket", "portal", order=10)
def where_it_stands(request: HttpRequest, record: models.Model) -> Panel | None:
    """The requester's strip: asked, each approval, being prepared, done."""
    found = _request_of(record)
    if found is None:
        return None
    strip = stages(found, approvals_of(found))
    context: dict[str, object] = {"stages": strip, "asked": found, "now": timezone.now()}
    return Panel("request-strip", "Where your request stands", "fulfilment/_strip.html", context)


@panel("incidents.ticket", "main", order=15)
def request_of_ticket(request: HttpRequest, record: models.Model) -> Panel | None:
    """For the desk: what was asked and answered, who decides, and the plan."""
    person = request.user
    if not isinstance(person, Person) or not person.is_staff_member:
        return None
    found = _request_of(record)
    if found is None:
        return None
    steps = approvals_of(found)
    tasks = list(
        PlanTask.objects.visible_to(person)
        .filter(request=found)
        .select_related("team", "assignee", "after", "request", "done_by")
    )
    context: dict[str, object] = {
        "asked": found,
        "stages": stages(found, steps),
        "steps": steps,
        "answers": answer_set(person, found.answers) if found.answers else None,
        "tasks": [(one, may_work(person, one)) for one in tasks],
        "back": request.get_full_path(),
        "now": timezone.now(),
    }
    return Panel("request", "Request", "fulfilment/_request_panel.html", context)


@panel("accounts.person", "portal", order=10)
def door_to_the_catalogue(request: HttpRequest, record: models.Model) -> Panel | None:
    """On the first page of the portal: the way to ask for something."""
    return Panel("catalogue", "Request something", "fulfilment/_door.html", {})
