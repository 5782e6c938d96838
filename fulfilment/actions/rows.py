"""Rows as they are now, locked in one order: the request's ticket first, then what hangs on it."""

from fulfilment.models import Approval, ItemRequest, PlanTask
from incidents.models import Ticket


def locked_approval(approval: Approval) -> Approval:
    """The approval as it is now; nobody else decides on its request before this ends."""
    request_id = Approval.objects.values_list("request_id", flat=True).get(pk=approval.pk)
    _lock(request_id)
    return Approval.objects.select_related("request__ticket", "request__item").get(pk=approval.pk)


def locked_task(task: PlanTask) -> PlanTask:
    """The task as it is now; nobody else works the same plan before this ends."""
    request_id = PlanTask.objects.values_list("request_id", flat=True).get(pk=task.pk)
    _lock(request_id)
    return PlanTask.objects.select_related("request__ticket", "request__item").get(pk=task.pk)


def _lock(request_id: int) -> None:
    ticket_id = ItemRequest.objects.values_list("ticket_id", flat=True).get(pk=request_id)
    Ticket.objects.select_for_update(of=("self",)).get(pk=ticket_id)
