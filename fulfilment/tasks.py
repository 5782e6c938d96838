"""What happens to approvals by the clock."""

from celery import shared_task
from django.utils import timezone

from fulfilment.actions import remind_approvers, time_out_approval
from fulfilment.models import Approval

BATCH = 200


@shared_task(soft_time_limit=50, time_limit=60)
def tend_approvals() -> None:
    """Reminders that are due, then time-outs; each approval in a transaction of its own."""
    now = timezone.now()
    asked = Approval.objects.filter(state="asked")
    for approval in asked.filter(reminded_at=None, remind_at__lte=now)[:BATCH]:
        remind_approvers(approval, at=now)
    for approval in asked.filter(timed_out_at=None, due_at__lte=now)[:BATCH]:
        time_out_approval(approval, at=now)
