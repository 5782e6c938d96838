"""Background work of development: judging fixes."""

from celery import shared_task
from django.utils import timezone

from devlink.actions import judge_fix
from devlink.causes import WEEK
from devlink.fixing import WATCHED_WEEKS
from devlink.models import FixClaim


@shared_task(soft_time_limit=50, time_limit=60)
def judge_fixes() -> None:
    """Wakes a worker for every shipped fix that is still watched."""
    since = timezone.now() - (WATCHED_WEEKS + 1) * WEEK
    watched = FixClaim.objects.filter(
        state__in=["watching", "partial", "verified"], deployed_at__gt=since
    )
    for claim_id in watched.order_by("pk").values_list("pk", flat=True):
        judge_claim.delay(claim_id)


@shared_task(soft_time_limit=100, time_limit=120)
def judge_claim(claim_id: int) -> None:
    """Makes the looks of one claim that are due; a look is made once however often this runs."""
    claim = FixClaim.objects.filter(pk=claim_id).first()
    if claim is not None:
        judge_fix(claim)
