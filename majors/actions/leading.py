"""Roles, notes of the timeline, and how the components stand."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from accounts.roles import Role
from catalogue.models import Component
from core.errors import DomainError
from core.given import one_of
from core.timeline import record
from incidents.actions import link_tickets
from incidents.models import RelationKind, Ticket
from majors import events
from majors.actions._keeping import locked, require_accepted, words
from majors.models import AffectedComponent, MajorIncident, MajorRole
from majors.permissions import require
from majors.workflow import COMPONENT_STATUSES, ROLES


@transaction.atomic
def give_role(
    major: MajorIncident, *, actor: Person | None, role: str, person: Person,
    at: datetime | None = None,
) -> MajorRole:  # fmt: skip
    """Gives a role to a person who works here; whoever held it before has it no longer."""
    major = locked(major)
    require(actor, "give_role", major)
    require_accepted(major)
    label = one_of(role, ROLES, "role")
    if not person.is_active or not person.is_staff_member or person.roles == [Role.AUDITOR]:
        raise DomainError(f"{person.name} cannot take a role here.", field="person")
    at = at or timezone.now()
    held = MajorRole.objects.filter(major=major, role=role, ended_at__isnull=True).first()
    if held is not None and held.person_id == person.pk:
        return held
    if held is not None:
        held.ended_at = at
        held.save(update_fields=["ended_at"])
    given = MajorRole.objects.create(major=major, role=role, person=person, started_at=at)
    record(
        events.ROLE_GIVEN, major, actor=actor, at=at,
        person=person.name, role=label.lower(), role_name=role, person_id=person.pk,
    )  # fmt: skip
    return given


@transaction.atomic
def add_note(
    major: MajorIncident, *, actor: Person, text: str, at: datetime | None = None
) -> MajorIncident:
    """Adds a line to the timeline: what was seen, tried or decided."""
    major = locked(major)
    require(actor, "note", major)
    text = words(text, "text", most=2_000, needed="Write what happened.")
    record(events.MAJOR_NOTED, major, actor=actor, at=at, text=text)
    return major


@transaction.atomic
def add_reports(
    major: MajorIncident, *, actor: Person, tickets: Sequence[Ticket], at: datetime | None = None
) -> MajorIncident:
    """Makes the tickets children of the one it began with: their requesters are told from now on.

    All of them or none; a ticket that is one already stays one.
    """
    major = locked(major)
    require(actor, "note", major)
    require_accepted(major)
    link_tickets(
        major.ticket,
        actor=actor,
        kind=RelationKind.CHILD_OF,
        others=[ticket for ticket in tickets if ticket.pk != major.ticket_id],
        inverse=True,
        at=at,
    )
    return major


@transaction.atomic
def set_component_status(
    major: MajorIncident, *, actor: Person | None, component: Component, status: str,
    at: datetime | None = None,
) -> AffectedComponent:  # fmt: skip
    """Says how a component stands; one that was not affected so far is from now on."""
    major = locked(major)
    require(actor, "set_component", major)
    require_accepted(major)
    label = one_of(status, COMPONENT_STATUSES, "status")
    at = at or timezone.now()
    row, made = AffectedComponent.objects.select_for_update().get_or_create(
        major=major, component=component, defaults={"status": status, "changed_at": at}
    )
    if not made and row.status == status:
        return row
    row.status, row.changed_at = status, at
    row.save(update_fields=["status", "changed_at"])
    record(
        events.COMPONENT_STATUS_SET, major, actor=actor, at=at,
        component=component.name, status=label.lower(),
    )  # fmt: skip
    return row
