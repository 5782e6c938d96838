"""What a service asks besides the common fields, inside the form that opens a ticket."""

from django.http import HttpRequest

from accounts.models import Person
from catalogue.asking import AskedForm, custom_fields_of
from catalogue.models import Component, Service
from incidents.actions import keep_answers
from incidents.models import Ticket


def service_chosen(person: Person, service: str, component: str) -> Service | None:
    """The service two controls speak of: the component's own, or the one chosen."""
    if component.isdecimal() and len(component) < 12:
        rows = Component.objects.visible_to(person).select_related("service")
        found = rows.filter(pk=int(component)).first()
        if found is not None:
            return found.service
    if service.isdecimal() and len(service) < 12:
        return Service.objects.visible_to(person).filter(pk=int(service)).first()
    return None


def asked_beside(request: HttpRequest, person: Person, *, bound: bool) -> AskedForm | None:
    """The custom fields of the service chosen in the form around them; None when there are none.

    Requesters are not asked what only the desk is.
    """
    said = request.POST if request.method == "POST" else request.GET
    service = service_chosen(person, said.get("service", ""), said.get("component", ""))
    version = custom_fields_of(service)
    if version is None:
        return None
    definition = version.read()
    if not person.is_support:
        definition = definition.for_requesters()
    given = (request.POST, request.FILES) if bound else (None, None)
    asked = AskedForm(definition, *given, reader=person)
    asked.version = version
    return asked


def asked_context(asked: AskedForm | None) -> dict[str, object]:
    """What the template of the fields needs."""
    known = asked is not None and asked.version is not None
    name = asked.version.form.name if known else ""  # type: ignore[union-attr]  # known says so
    return {"asked": asked, "service_name": name}


def keep_asked(ticket: Ticket, actor: Person, asked: AskedForm | None) -> None:
    """Keeps the answers with the ticket just opened."""
    if asked is not None and asked.version is not None:
        keep_answers(
            ticket,
            actor=actor,
            version=asked.version,
            given=asked.given,
            uploads=asked.uploads,
            at=ticket.created_at,
        )
