"""What follows for trackers: items made there, evidence posted, comparing."""

from django.db import transaction

from core.models import Event
from core.timeline import handles
from devlink import actions, events, tasks, telling
from devlink.models import Tracker, WorkItem


@handles(events.WORK_ITEM_SENT)
def make_it_there(event: Event) -> None:
    """Wakes a worker to make the item in its tracker; the schedule makes sure of it."""
    _wake_sender(event.payload["tracker_id"])


@handles(events.PACK_BUILT)
def post_the_evidence(event: Event) -> None:
    """The evidence of an item in a tracker is posted there, in the one comment it has."""
    item = WorkItem.objects.filter(pk=event.payload["work_item_id"]).first()
    call = None if item is None else actions.queue_pack(item)
    if call is not None:
        _wake_sender(call.tracker_id)


def _wake_sender(tracker_id: int) -> None:
    def wake() -> None:
        tasks.send_to_tracker.delay(tracker_id)

    transaction.on_commit(wake, robust=True)


@handles(events.TRACKER_ADDED, events.TRACKER_ENABLED)
def begin_to_compare(event: Event) -> None:
    """Wakes a worker to take over what the tracker has; the schedule makes sure of it."""
    tracker_id = event.subject_id

    def wake() -> None:
        tasks.compare_tracker.delay(tracker_id)

    transaction.on_commit(wake, robust=True)


@handles(events.TRACKER_DISABLED)
def tell_admins(event: Event) -> None:
    """Admins hear that a tracker is left alone, unless one of them did it."""
    if event.actor_id is None:
        tracker = Tracker.objects.get(pk=event.subject_id)
        telling.tell_of_disabled_tracker(
            tracker, reason=event.payload["reason"], key=f"devlink.tracker_disabled:{event.pk}"
        )
