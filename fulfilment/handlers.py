"""What follows when something happens to a request."""

from core.models import Event
from core.timeline import handles
from fulfilment import notices
from fulfilment.actions import drop_request
from fulfilment.events import (
    APPROVAL_ASKED,
    APPROVAL_DELEGATED,
    APPROVAL_OVERDUE,
    APPROVAL_REMINDED,
    TASK_READY,
)
from fulfilment.models import Approval, ItemRequest, PlanTask
from incidents.events import REQUEST_APPROVED, REQUEST_REJECTED, TICKET_CANCELLED
from incidents.models import Ticket


def _approval(event: Event) -> Approval:
    rows = Approval.objects.with_relations()
    return rows.get(pk=event.payload["approval_id"])


@handles(APPROVAL_ASKED)
def tell_approvers(event: Event) -> None:
    """Those who are asked hear of it."""
    approval = _approval(event)
    notices.tell_approvers(notices.undecided(approval), event, approval, notices.ASKED.name)


@handles(APPROVAL_REMINDED, APPROVAL_OVERDUE)
def remind_approvers(event: Event) -> None:
    """Those who have not decided hear of it again, and whoever is asked in their place."""
    approval = _approval(event)
    if approval.state == "asked":
        people = notices.undecided(approval)
        notices.tell_approvers(people, event, approval, notices.REMINDED.name)


@handles(APPROVAL_DELEGATED)
def tell_delegate(event: Event) -> None:
    """Whoever is asked instead hears of it."""
    approval = _approval(event)
    people = [one for one in notices.undecided(approval) if one.pk == event.payload["to_id"]]
    notices.tell_approvers(people, event, approval, notices.ASKED.name)


@handles(REQUEST_APPROVED)
def tell_requester_it_is_approved(event: Event) -> None:
    """A request that waited for votes was approved: its requester hears of it."""
    ticket = Ticket.objects.select_related("requester").get(pk=event.subject_id)
    if ticket.approved_by_steps:
        notices.tell_requester(event, ticket, f"{ticket.reference} is approved")


@handles(REQUEST_REJECTED)
def tell_requester_it_is_rejected(event: Event) -> None:
    """A request was not approved: its requester hears why."""
    ticket = Ticket.objects.select_related("requester").get(pk=event.subject_id)
    if ticket.approved_by_steps:
        notices.tell_requester(event, ticket, f"{ticket.reference} was not approved")


@handles(TASK_READY)
def tell_team(event: Event) -> None:
    """The team of a task hears that it is ready."""
    task = PlanTask.objects.select_related("team", "request__ticket", "request__item").get(
        pk=event.payload["task_id"]
    )
    if task.state == "ready":
        notices.tell_team(event, task)


@handles(TICKET_CANCELLED)
def drop_what_is_left(event: Event) -> None:
    """Nobody decides or works on a request that was withdrawn."""
    if ItemRequest.objects.filter(ticket_id=event.subject_id).exists():
        drop_request(Ticket.objects.get(pk=event.subject_id), at=event.at)
