"""Deliveries of trackers: kept once, read later, forgotten but for that they came."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from devlink.actions.elsewhere import note_deployment
from devlink.actions.mirroring import deployed_release, held, link
from devlink.models import Tracker, TrackerDelivery

KEPT = timedelta(days=30)
MOST_ATTEMPTS = 8
_State = TrackerDelivery.State


def receive_delivery(
    tracker: Tracker, *, delivery_id: str, event: str, headers: Mapping[str, str], body: str
) -> bool:
    """Keeps a delivery whose signature was good; False when the same one came before."""
    _, is_new = TrackerDelivery.objects.get_or_create(
        tracker=tracker,
        delivery_id=delivery_id,
        defaults={"event": event[:80], "headers": dict(headers), "body": body},
    )
    return is_new


@transaction.atomic
def receive_deployment(
    tracker: Tracker,
    *,
    delivery_id: str,
    body: str,
    version: str,
    status: str,
    environment: str,
    at: datetime,
    external_id: str = "",
    url: str = "",
) -> bool:
    """Keeps what a pipeline tells of a deployment and takes it over; False when it came before."""
    is_new = receive_delivery(
        tracker, delivery_id=delivery_id, event=f"deployment {status}", headers={}, body=body
    )
    if not is_new:
        return False
    tracker = held(tracker)
    note_deployment(
        deployed_release(tracker, version),
        environment=environment,
        status=status,
        at=min(at, timezone.now()),
        tracker=tracker,
        external_id=(external_id or f"{version}:{environment}")[:80],
        url=link(url),
    )
    TrackerDelivery.objects.filter(tracker=tracker, delivery_id=delivery_id).update(
        state=_State.DONE, settled_at=timezone.now()
    )
    return True


@transaction.atomic
def settle_deliveries(ids: Collection[int], *, ignored: bool = False) -> None:
    """What they hinted at was looked up, or there was nothing to do about them."""
    TrackerDelivery.objects.filter(pk__in=ids, state=_State.WAITING).update(
        state=_State.IGNORED if ignored else _State.DONE, settled_at=timezone.now(), error=""
    )


@transaction.atomic
def note_delivery_fault(ids: Collection[int], *, reason: str) -> None:
    """They are tried again later, and given up after the last try with the reason kept."""
    now = timezone.now()
    for one in TrackerDelivery.objects.select_for_update().filter(pk__in=ids, state=_State.WAITING):
        one.attempts += 1
        one.error = reason.replace("\x00", "")[:1000]
        one.due_at = now + min(timedelta(seconds=30) * 2**one.attempts, timedelta(hours=1))
        if one.attempts >= MOST_ATTEMPTS:
            one.state, one.settled_at = _State.FAILED, now
        one.save(update_fields=["attempts", "error", "due_at", "state", "settled_at"])


def forget_old_deliveries(*, now: datetime | None = None) -> int:
    """Takes the text out of deliveries older than 30 days; returns of how many.

    Their ids stay, so that one that is sent again long after has no effect. Those that still wait
    are given up with a sentence: the comparison with the tracker has long repaired them.
    """
    now = now or timezone.now()
    before = now - KEPT
    old = TrackerDelivery.objects.filter(received_at__lt=before).exclude(body="")
    old.filter(state=_State.WAITING).update(
        state=_State.FAILED,
        settled_at=now,
        error="Nobody could read it within 30 days.",
    )
    return old.update(body="", headers={})
