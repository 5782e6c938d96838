"""Entries of the rail: the request catalogue, what waits for one's approval, tasks of plans."""

from django.http import HttpRequest

from accounts.models import Person
from accounts.roles import STAFF_ROLES, Role
from catalogue.permissions import ARRANGERS
from core.extensions import AdminEntry, NavItem, administer, navigate
from core.kept import kept_count
from fulfilment.models import Approval, PlanTask


def waiting_approvals(request: HttpRequest) -> int | None:
    """What waits for the reader's approval."""
    person = request.user
    if not isinstance(person, Person):
        return None
    waiting = Approval.objects.waiting_for(person)
    return kept_count(f"fulfilment.approvals.{person.pk}", waiting.count) or None


def ready_tasks(request: HttpRequest) -> int | None:
    """Tasks the reader may begin now."""
    person = request.user
    if not isinstance(person, Person):
        return None
    ready = PlanTask.objects.ready_for(person)
    return kept_count(f"fulfilment.tasks.{person.pk}", ready.count) or None


for roles, on_phone in ((STAFF_ROLES, False), (frozenset({Role.REQUESTER}), True)):
    navigate(
        NavItem(
            "Desk",
            "Catalogue",
            "fulfilment:catalogue",
            "shopping-bag",
            order=40,
            roles=frozenset(roles),
            key="b",
            on_phone=on_phone,
        )
    )
    navigate(
        NavItem(
            "Desk",
            "Approvals",
            "fulfilment:approvals",
            "stamp",
            order=50,
            roles=frozenset(roles),
            key="w",
            count=waiting_approvals,
            on_phone=on_phone,
        )
    )
navigate(
    NavItem(
        "Desk",
        "Request tasks",
        "fulfilment:tasks",
        "list-checks",
        order=45,
        roles=frozenset(STAFF_ROLES),
        key="t",
        count=ready_tasks,
    )
)
administer(
    AdminEntry(
        "Requests",
        "Request catalogue",
        "What people may ask for, who approves it, and what then has to be done.",
        "fulfilment:items",
        "shopping-bag",
        order=10,
        roles=ARRANGERS,
    )
)
