"""What the clock does to approvals: one reminder, and one time-out, each once."""

from datetime import datetime

from django.db import transaction

from core.timeline import record
from fulfilment.actions.deciding import drop_approvals, settle
from fulfilment.actions.planning import drop_tasks
from fulfilment.actions.rows import locked_approval
from fulfilment.events import APPROVAL_OVERDUE, APPROVAL_REMINDED
from fulfilment.models import Approval, ApprovalRule, Approver, ItemRequest, Vote
from incidents.models import Ticket


@transaction.atomic
def remind_approvers(approval: Approval, *, at: datetime) -> bool:
    """Reminds those who have not voted; False when it is not due, decided or was done already."""
    approval = locked_approval(approval)
    due = approval.remind_at is not None and approval.remind_at <= at
    if approval.state != "asked" or approval.reminded_at is not None or not due:
        return False
    approval.reminded_at = at
    approval.save(update_fields=["reminded_at"])
    record(
        APPROVAL_REMINDED,
        approval.request.ticket,
        actor=None,
        at=at,
        label=approval.label,
        approval_id=approval.pk,
    )
    return True


@transaction.atomic
def time_out_approval(approval: Approval, *, at: datetime) -> bool:
    """Does what the step says for a decision that is overdue; False when that was done already."""
    approval = locked_approval(approval)
    due = approval.due_at is not None and approval.due_at <= at
    if approval.state != "asked" or approval.timed_out_at is not None or not due:
        return False
    approval.timed_out_at = at
    approval.save(update_fields=["timed_out_at"])
    rule = ApprovalRule.OnTimeout(approval.on_timeout)
    if rule == ApprovalRule.OnTimeout.ESCALATE:
        _ask_managers(approval, at)
    record(
        APPROVAL_OVERDUE,
        approval.request.ticket,
        actor=None,
        at=at,
        label=approval.label,
        rule=str(rule.label).lower(),
        approval_id=approval.pk,
    )
    if rule in {ApprovalRule.OnTimeout.APPROVE, ApprovalRule.OnTimeout.REJECT}:
        settle(approval, granted=rule == ApprovalRule.OnTimeout.APPROVE, reason="", at=at)
    return True


def _ask_managers(approval: Approval, at: datetime) -> None:
    """The managers of those who have not voted are asked in their place."""
    voted = Vote.objects.filter(approval=approval).values("person_id")
    silent = approval.approvers.filter(delegated_to=None).exclude(person__in=voted)
    asked = set(approval.approvers.values_list("person_id", flat=True))
    for approver in silent.select_related("person__manager"):
        manager = approver.person.manager
        if manager is None or not manager.is_active:
            continue
        if manager.pk == approval.request.ticket.requester_id or manager.pk in asked:
            continue
        asked.add(manager.pk)
        because = f"{approver.person.name} did not decide in time"[:120]
        Approver.objects.create(approval=approval, person=manager, because=because, added_at=at)
        approver.delegated_to = manager
        approver.save(update_fields=["delegated_to"])


@transaction.atomic
def drop_request(ticket: Ticket, *, at: datetime) -> None:
    """The ticket was cancelled: nothing of its request is left to decide or to do."""
    Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    request = ItemRequest.objects.select_related("ticket").filter(ticket=ticket).first()
    if request is not None:
        drop_approvals(request, at=at)
        drop_tasks(request)
