"""Background work of major incidents."""

from celery import shared_task
from django.utils import timezone

from majors.actions import remind_of_follow_up, remind_of_review, remind_of_update
from majors.models import FollowUp, MajorIncident


@shared_task(soft_time_limit=50, time_limit=60)
def remind_of_promises() -> None:
    """Says once of each promised update, review and follow-up that people still wait for it."""
    now = timezone.now()
    for major in MajorIncident.objects.update_overdue(now):
        remind_of_update(major, at=now)
    for major in MajorIncident.objects.without_review().filter(review_reminded_at__isnull=True):
        remind_of_review(major, at=now)
    for row in FollowUp.objects.to_remind(timezone.localdate(now)):
        remind_of_follow_up(row, at=now)
