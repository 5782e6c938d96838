"""Background work of the dashboards."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from dashboards.figures import refresh_figures

# Reopenings and late imports change figures of days long gone; the nightly run takes them in.
KEPT_DAYS = 400


@shared_task(soft_time_limit=100, time_limit=120)
def refresh_recent_figures() -> None:
    """Works out today and yesterday again."""
    today = timezone.now().date()
    refresh_figures(today - timedelta(days=1), today)


@shared_task(soft_time_limit=540, time_limit=600)
def refresh_all_figures() -> None:
    """Works out every day dashboards can ask for."""
    today = timezone.now().date()
    refresh_figures(today - timedelta(days=KEPT_DAYS), today)
