"""What happens to approvals by the clock."""

import logging
from collections.abc import Callable
from datetime import datetime

from celery import shared_task
from django.utils import timezone

from core.errors import DomainError
from fulfilment.actions import remind_approvers, time_out_approval
from fulfilment.models import Approval
from fulfilment.models.approvals import ApprovalQuerySet

logger = logging.getLogger(__name__)

BATCH = 200


@shared_task(soft_time_limit=50, time_limit=60)
def tend_approvals() -> None:
    """Reminders that are due, then time-outs; each approval in a transaction of its own."""
    now = timezone.now()
    asked = Approval.objects.filter(state="asked")
    _tend(asked.filter(reminded_at=None, remind_at__lte=now), remind_approvers, now)
    _tend(asked.filter(timed_out_at=None, due_at__lte=now), time_out_approval, now)


def _tend(due: ApprovalQuerySet, action: Callable[..., bool], now: datetime) -> None:
    """One that a rule refuses, such as a next step that nobody can decide, stops no other."""
    for approval in due.order_by("-pk")[:BATCH]:
        try:
            action(approval, at=now)
        except DomainError:
            logger.exception("approval.not_tended", extra={"approval": approval.pk})
