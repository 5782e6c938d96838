"""Changing a ticket's fields without losing anybody's change."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation, Person
from catalogue.models import Component, Service
from core.errors import DomainError
from core.timeline import record
from incidents.actions._clocks import DEADLINE_FIELDS
from incidents.actions._keeping import locked, save, set_deadlines, words
from incidents.actions._versions import refuse_conflicts
from incidents.actions.opening import MOST_TITLE, service_of
from incidents.events import TICKET_EDITED
from incidents.fieldwords import field_label, value_words
from incidents.models import Channel, FieldVersion, Ticket
from incidents.models.ticket import Level, Priority, priority_of
from incidents.permissions import require
from incidents.search_index import index_tickets

# What decides about the targets.
_DECIDING = frozenset({"priority", "service", "organisation"})
_CHOICES: dict[str, Sequence[object]] = {
    "impact": Level.values,
    "urgency": Level.values,
    "priority": Priority.values,
    "severity": [*Level.values, None],
    "channel": Channel.values,
}


class TicketFields(TypedDict, total=False):
    """What may be edited; a field that is left out stays as it is."""

    title: str
    description: str
    organisation: Organisation | None
    channel: str
    service: Service | None
    component: Component | None
    category: str
    impact: int
    urgency: int
    priority: int
    severity: int | None
    version_seen: str
    affected_users: Sequence[Person]


@transaction.atomic
def edit_ticket(
    ticket: Ticket,
    *,
    actor: Person | None,
    version: int,
    at: datetime | None = None,
    **fields: Unpack[TicketFields],
) -> Ticket:
    """Changes the given fields of the version the editor has read.

    Changes others made since to *other* fields stay; when one of the same fields was changed
    since, EditConflict carries both values and nothing is written. Priority follows impact
    and urgency unless it is given.
    """
    ticket = locked(ticket)
    require(actor, "edit", ticket)
    _check(fields)
    _follow(ticket, fields)
    changes = _changes(ticket, fields)
    wanted = {name: after for name, (_, after) in changes.items()}
    refuse_conflicts(ticket, version, _in_words(ticket, fields, wanted))
    if not changes:
        return ticket
    at = at or timezone.now()
    _write(ticket, fields, changes, at)
    FieldVersion.objects.note(ticket, changes, person=actor, at=at)
    record(
        TICKET_EDITED,
        ticket,
        actor=actor,
        at=at,
        fields_label=", ".join(field_label(name) for name in changes),
        changes={name: [before, after] for name, (before, after) in changes.items()},
        version=ticket.version,
    )
    return ticket


def _check(fields: TicketFields) -> None:
    for name, choices in _CHOICES.items():
        if name in fields and fields[name] not in choices:  # type: ignore[literal-required]  # names are TicketFields' own
            raise DomainError("Choose one of the list.", field=name)
    if "title" in fields:
        needed = "Say in a few words what it is about."
        fields["title"] = words(fields["title"], "title", most=MOST_TITLE, needed=needed)
    if "description" in fields:
        fields["description"] = words(fields["description"], "description")
    if "category" in fields:
        fields["category"] = words(fields["category"], "category", most=80)
    if "version_seen" in fields:
        fields["version_seen"] = words(fields["version_seen"], "version_seen", most=60)


def _follow(ticket: Ticket, fields: TicketFields) -> None:
    """What follows from the given fields: the service of a component, the priority."""
    if "component" in fields or "service" in fields:
        component = fields.get("component", ticket.component)
        service = fields.get("service", None if "component" in fields else ticket.service)
        if "component" not in fields and component and component.service != service:
            component = None
        fields["component"] = component
        fields["service"] = service_of(service, component)
    if ("impact" in fields or "urgency" in fields) and "priority" not in fields:
        impact = fields.get("impact", ticket.impact)
        urgency = fields.get("urgency", ticket.urgency)
        if (impact, urgency) != (ticket.impact, ticket.urgency):
            fields["priority"] = priority_of(impact, urgency)


def _changes(ticket: Ticket, fields: TicketFields) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for name, after in fields.items():
        before = (
            list(ticket.affected_users.all()) if name == "affected_users" else getattr(ticket, name)
        )
        same = {*before} == {*after} if name == "affected_users" else before == after  # type: ignore[misc]  # a sequence of people
        if not same:
            found[name] = (value_words(before), value_words(after))
    return found


def _in_words(ticket: Ticket, fields: TicketFields, wanted: dict[str, str]) -> dict[str, str]:
    """The wanted values as a person reads them: “P1 Critical”, not 1."""
    if not wanted.keys() & _CHOICES.keys():
        return wanted
    labels = {
        name: dict(Ticket._meta.get_field(name).flatchoices).get(fields[name], wanted[name])  # type: ignore[literal-required, union-attr]  # names are TicketFields' own
        for name in wanted
        if name in _CHOICES
    }
    return {**wanted, **{name: str(label) for name, label in labels.items()}}


def _write(ticket: Ticket, fields: TicketFields, changes: Iterable[str], at: datetime) -> None:
    columns = [name for name in changes if name != "affected_users"]
    for name in columns:
        setattr(ticket, name, fields[name])  # type: ignore[literal-required]  # names are TicketFields' own
    if "affected_users" in fields:
        ticket.affected_users.set(fields["affected_users"])
    if _DECIDING & {*columns}:
        set_deadlines(ticket)
        columns.extend(DEADLINE_FIELDS)
    save(ticket, *columns, at=at)
    if "affected_users" in fields:
        index_tickets([ticket.pk])
