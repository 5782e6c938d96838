"""Entries of the rail: desk and queues for staff, the portal for requesters."""

from django.http import HttpRequest

from accounts.roles import LEAD_ROLES, STAFF_ROLES, SUPPORT_ROLES, Role
from catalogue.permissions import CLOCK_ROLES
from core.extensions import AdminEntry, NavItem, administer, navigate
from incidents import queues
from incidents.models import Ticket
from incidents.models.searching import ARRANGER_ROLES
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
        "Clocks",
        "Service level policies",
        "Targets by priority, service and organisation, warnings, and what follows them.",
        "incidents:policies",
        "timer",
        order=20,
        roles=CLOCK_ROLES,
    )
)
administer(
    AdminEntry(
        "Desk",
        "Canned replies",
        "Texts to insert while writing on a ticket, for one person, a team or everybody.",
        "incidents:canned_replies",
        "message-square-text",
        order=60,
        roles=frozenset(STAFF_ROLES),
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
administer(
    AdminEntry(
        "Desk",
        "Search words",
        "Words that mean the same in searches, and words that say too little to be searched for.",
        "incidents:search_words",
        "search",
        order=80,
        roles=ARRANGER_ROLES,
    )
)
administer(
    AdminEntry(
        "Desk",
        "Teams",
        "Who is given new tickets, how long owners keep them, and what follows the end.",
        "incidents:team_policies",
        "users",
        order=10,
        roles=frozenset({Role.MANAGER, Role.ADMIN, Role.TEAM_LEAD}),
    )
)
administer(
    AdminEntry(
        "Desk",
        "Checklists",
        "Named lists of tasks that are added to a ticket in one go.",
        "incidents:checklists",
        "list-checks",
        order=30,
        roles=frozenset({Role.MANAGER, Role.ADMIN}),
    )
)
administer(
    AdminEntry(
        "Desk",
        "Tags",
        "Rename, merge and delete the words tickets are marked with.",
        "incidents:tags",
        "tag",
        order=40,
        roles=frozenset({Role.MANAGER, Role.ADMIN}),
    )
)
administer(
    AdminEntry(
        "Desk",
        "Ratings",
        "The reasons offered with a rating, the response rate and CSAT of the last 90 days.",
        "incidents:rating_reasons",
        "star",
        order=50,
        roles=frozenset({Role.MANAGER, Role.ADMIN}),
    )
)
