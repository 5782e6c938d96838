"""Delivering events to handlers, and the sweeper that makes sure of it."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.models import Delivery
from core.timeline import HANDLERS, because_of

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 12
SWEEP_BATCH = 500
LEASE = timedelta(minutes=6)


def back_off(attempts: int) -> timedelta:
    """Half a minute, doubling, at most an hour."""
    seconds: int = 30 * 2 ** max(attempts - 1, 0)
    return min(timedelta(seconds=seconds), timedelta(hours=1))


def publish(delivery_ids: Sequence[int]) -> None:
    """Wakes a worker for each delivery. A broker that is down is left to the sweeper."""
    for delivery_id in delivery_ids:
        deliver.delay(delivery_id)


@shared_task(soft_time_limit=240, time_limit=300)
def deliver(delivery_id: int) -> None:
    """Runs one handler for one event once; a settled or busy delivery is left alone."""
    try:
        with transaction.atomic():
            duty = (
                Delivery.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("event", "event__actor")
                .filter(pk=delivery_id, state=Delivery.State.PENDING)
                .first()
            )
            if duty is None:
                return
            handler = HANDLERS[duty.event.name].get(duty.handler)
            if handler is not None:
                with because_of(duty.event):
                    handler(duty.event)
            duty.state = Delivery.State.DONE
            duty.settled_at = timezone.now()
            duty.attempts += 1
            duty.save(update_fields=["state", "settled_at", "attempts"])
    except Exception as error:  # noqa: BLE001 (any handler's failure becomes a retry with its reason kept)
        _fail(delivery_id, error)


def _fail(delivery_id: int, error: Exception) -> None:
    """Keeps the reason and the next try; after the last try the delivery is dead and visible."""
    logger.error("event.handler_failed", extra={"delivery": delivery_id}, exc_info=error)
    duty = Delivery.objects.get(pk=delivery_id)
    attempts = duty.attempts + 1
    dead = attempts >= MOST_ATTEMPTS
    Delivery.objects.filter(pk=delivery_id, state=Delivery.State.PENDING).update(
        attempts=F("attempts") + 1,
        due_at=timezone.now() + back_off(attempts),
        state=Delivery.State.DEAD if dead else Delivery.State.PENDING,
        error=f"{type(error).__name__}: {error}"[:2000],
    )


@shared_task(soft_time_limit=50, time_limit=60)
def sweep() -> None:
    """Publishes again what is due and unsettled, leased so that two sweeps do not repeat it."""
    now = timezone.now()
    with transaction.atomic():
        due = list(
            Delivery.objects.select_for_update(skip_locked=True)
            .filter(state=Delivery.State.PENDING, due_at__lte=now - timedelta(seconds=20))
            .order_by("due_at")
            .values_list("pk", flat=True)[:SWEEP_BATCH]
        )
        Delivery.objects.filter(pk__in=due).update(due_at=now + LEASE)
    publish(due)
