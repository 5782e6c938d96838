"""Entries of the rail: desk and queues for staff, the portal for requesters."""

from django.http import HttpRequest

from accounts.roles import LEAD_ROLES, STAFF_ROLES, SUPPORT_ROLES, Role
from core.extensions import AdminEntry, NavItem, administer, navigate
from incidents import queues
from incidents.models import Ticket
from incidents.workflow import OPEN


def my_open_tickets(request: HttpRequest) -> int | None:
    """Open tickets assigned to the reader."""
    person = request.user
    if not person.is_authenticated:
        return None
    return queues.count_of(queues.mine(person), f"incidents.count.mine.{person.pk}")


def open_tickets(request: HttpRequest) -> int | None:
    """Tickets in work that the reader may see; the common number is shared by all who see all."""
    person = request.user
    if not person.is_authenticated:
        return None
    sees_all = person.is_overseer or (person.is_support and not person.hidden_team_ids)
    key = "incidents.count.open." + ("all" if sees_all else str(person.pk))
    tickets = Ticket.objects.visible_to(person).filter(state_category=OPEN)
    return queues.count_of(tickets, key)


navigate(
    NavItem(
        "Desk",
        "My desk",
        "incidents:desk",
        "inbox",
        order=10,
        roles=frozenset(STAFF_ROLES),
        key="d",
        count=my_open_tickets,
        on_phone=True,
    )
)
navigate(
    NavItem(
        "Desk",
        "Log a ticket",
        "incidents:new",
        "plus",
        order=20,
        roles=frozenset(SUPPORT_ROLES),
        key="l",
        shortcut="c",
        on_phone=True,
    )
)
navigate(
    NavItem(
        "Desk",
        "Queues",
        "incidents:tickets",
        "layout-list",
        order=30,
        roles=frozenset(STAFF_ROLES),
        key="q",
        count=open_tickets,
        on_phone=True,
    )
)
navigate(
    NavItem(
        "Desk",
        "My tickets",
        "incidents:portal",
        "inbox",
        order=10,
        roles=frozenset({Role.REQUESTER}),
        key="d",
        on_phone=True,
    )
)
navigate(
    NavItem(
        "Desk",
        "Ask for help",
        "incidents:portal_report",
        "plus",
        order=20,
        roles=frozenset({Role.REQUESTER}),
        key="n",
        on_phone=True,
    )
)
navigate(
    NavItem(
        "Lead",
        "Deflection",
        "incidents:deflection",
        "lightbulb",
        order=40,
        roles=frozenset(LEAD_ROLES),
        key="f",
    )
)
administer(
    AdminEntry(
        "Data",
        "Import",
        "Tickets of another desk from a CSV or JSON lines file.",
        "incidents:imports",
        "upload",
        order=10,
        roles=frozenset({Role.ADMIN}),
    )
)
