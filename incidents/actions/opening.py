"""Opening a ticket."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation, Person, Team
from catalogue.models import Component, Service
from core.errors import DomainError, NotPermitted
from core.timeline import record
from incidents.actions._clocks import begin_clocks
from incidents.actions._keeping import words
from incidents.actions.assigning import check_assignee, take_over
from incidents.events import TICKET_OPENED
from incidents.histories import new_history
from incidents.models import Channel, Kind, StatusInterval, Ticket, TicketClock
from incidents.models.ticket import Level, Priority, priority_of
from incidents.permissions import may_open_for
from incidents.search_index import index_tickets
from incidents.workflow import WORKFLOWS

MOST_TITLE = 250


@transaction.atomic
def open_ticket(
    *,
    actor: Person | None,
    title: str,
    requester: Person,
    kind: str = Kind.INCIDENT,
    description: str = "",
    affected_users: Sequence[Person] = (),
    organisation: Organisation | None = None,
    channel: str = Channel.PORTAL,
    service: Service | None = None,
    component: Component | None = None,
    category: str = "",
    impact: int = Level.MEDIUM,
    urgency: int = Level.MEDIUM,
    priority: int | None = None,
    severity: int | None = None,
    team: Team | None = None,
    assignee: Person | None = None,
    version_seen: str = "",
    at: datetime | None = None,
    source: str = "",
    source_number: str = "",
) -> Ticket:
    """Opens a ticket and returns it.

    Without `priority` it follows from impact × urgency; without `team` the component's or
    service's support team gets it. Requesters may open for themselves, and leave routing to the
    desk.
    """
    at = at or timezone.now()
    _check_actor(actor, requester, routed=bool(team or assignee or priority))
    _check_choices(kind, channel, impact, urgency, priority, severity)
    _check_source(source, source_number)
    service = service_of(service, component)
    ticket = Ticket(
        kind=kind,
        title=words(title, "title", most=MOST_TITLE, needed="Say in a few words what it is about."),
        description=words(description, "description"),
        requester=requester,
        organisation=organisation or requester.organisation,
        channel=channel,
        service=service,
        component=component,
        category=category.strip()[:80],
        impact=impact,
        urgency=urgency,
        priority=priority or priority_of(impact, urgency),
        severity=severity,
        team=team or _desk_of(service, component),
        state=WORKFLOWS[kind].initial,
        version_seen=version_seen.strip()[:60],
        created_by=actor,
        created_at=at,
        updated_at=at,
        source=source,
        source_number=source_number,
    )
    check_assignee(assignee, ticket.team)
    _begin(ticket, affected_users, actor, at)
    record(TICKET_OPENED, ticket, actor=actor, at=at, channel=ticket.get_channel_display())
    if assignee is not None:
        take_over(ticket, actor=actor, assignee=assignee, team=ticket.team, at=at)
    return ticket


def _begin(
    ticket: Ticket, affected_users: Sequence[Person], actor: Person | None, at: datetime
) -> None:
    """Writes the new row with its first interval, its deadlines and its words."""
    ticket.state_category = WORKFLOWS[ticket.kind].category(ticket.state)
    clocks = begin_clocks(ticket, new_history(ticket, at), at)
    ticket.save()
    TicketClock.objects.bulk_create(clocks)
    StatusInterval.objects.create(
        ticket=ticket,
        state=ticket.state,
        category=ticket.state_category,
        started_at=at,
        actor=actor,
    )
    if affected_users:
        ticket.affected_users.set(affected_users)
    index_tickets([ticket.pk])


def _check_actor(actor: Person | None, requester: Person, *, routed: bool) -> None:
    if not may_open_for(actor, requester):
        raise NotPermitted("You may open tickets for yourself only.", field="requester")
    if routed and actor is not None and not actor.is_support:
        raise NotPermitted("The desk decides about priority, team and assignee.")
    if not requester.is_active:
        raise DomainError("This person has left; choose another requester.", field="requester")


def _check_choices(
    kind: str,
    channel: str,
    impact: int,
    urgency: int,
    priority: int | None,
    severity: int | None,
) -> None:
    checks = (
        ("kind", kind in Kind.values),
        ("channel", channel in Channel.values),
        ("impact", impact in Level.values),
        ("urgency", urgency in Level.values),
        ("priority", priority is None or priority in Priority.values),
        ("severity", severity is None or severity in Level.values),
    )
    for field, sound in checks:
        if not sound:
            raise DomainError("Choose one of the list.", field=field)


def _check_source(source: str, source_number: str) -> None:
    if bool(source) != bool(source_number):
        raise DomainError("A source and its number go together.", field="source_number")
    if source and Ticket.objects.filter(source=source, source_number=source_number).exists():
        raise DomainError(f"{source} {source_number} is here already.", field="source_number")


def service_of(service: Service | None, component: Component | None) -> Service | None:
    """The service a ticket is about; a DomainError when the component is part of another one."""
    if component is None:
        return service
    if service is not None and component.service_id != service.pk:
        raise DomainError(
            f"{component.name} is part of another service than {service.name}.", field="component"
        )
    return component.service


def _desk_of(service: Service | None, component: Component | None) -> Team | None:
    """The support team that looks after it; None leaves the ticket to everybody."""
    if component is not None and component.support_team_id:
        return component.support_team
    return service.support_team if service is not None else None
