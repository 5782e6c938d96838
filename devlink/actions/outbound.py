"""Work items made in a tracker, and the evidence posted there."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from devlink import events
from devlink.actions.mirroring import clean, held, link
from devlink.actions.packs import build_evidence_pack
from devlink.actions.rows import locked
from devlink.actions.work import cancel_work_item, create_work_item
from devlink.connectors.base import RemoteItem
from devlink.models import EvidencePack, OutboundCall, Tracker, WorkItem
from devlink.permissions import may, require
from problems.models import Problem

MOST_ATTEMPTS = 12
_Kind, _State = OutboundCall.Kind, OutboundCall.State


@transaction.atomic
def send_to_tracker(item: WorkItem, *, actor: Person | None, tracker: Tracker) -> WorkItem:
    """The item is to be made in the tracker, and its evidence posted there.

    Sending it again to the same tracker changes nothing.
    """
    item = locked(item)
    require(actor, "send_to_tracker", item)
    if item.tracker_id == tracker.pk:
        return item
    if item.tracker is not None:
        raise DomainError(f"{item.key} is in {item.tracker.name} already.", field="tracker")
    if not item.is_open:
        raise DomainError(f"{item.key} is {item.state_label.lower()}.", field="tracker")
    if tracker.is_pipeline or not tracker.is_active:
        raise DomainError(f"Nothing can be made in {tracker.name}.", field="tracker")
    item.tracker = tracker
    # An imported item carries the key it had where it came from.
    item.external_id = ""
    item.save(update_fields=["tracker", "external_id"])
    OutboundCall.objects.create(tracker=tracker, work_item=item, kind=_Kind.CREATE)
    if EvidencePack.objects.filter(work_item=item).exists():
        OutboundCall.objects.create(tracker=tracker, work_item=item, kind=_Kind.PACK)
    record(events.WORK_ITEM_SENT, item, actor=actor, tracker=tracker.name, tracker_id=tracker.pk)
    return item


@transaction.atomic
def create_in_tracker(problem: Problem, *, actor: Person, tracker: Tracker) -> WorkItem:
    """A work item for the problem with its evidence, made in the tracker.

    The problem's open work item goes there when it has one that is nowhere yet.
    """
    problem = locked(problem)
    require(actor, "send_to_tracker", problem)
    open_items = WorkItem.objects.filter(problem=problem).open()
    there = open_items.filter(tracker=tracker).first()
    if there is not None:
        return there
    item = open_items.filter(tracker=None).order_by("-pk").first() or create_work_item(
        actor=actor, title=problem.title[:200], description=problem.description, problem=problem
    )
    freezer = actor if may(actor, "build_pack", problem) else None
    build_evidence_pack(problem, actor=freezer, work_item=item)
    return send_to_tracker(item, actor=actor, tracker=tracker)


@transaction.atomic
def queue_pack(item: WorkItem) -> OutboundCall | None:
    """The newest evidence is to be posted; None when the item is in no tracker."""
    item = locked(item)
    if item.tracker is None:
        return None
    waiting = OutboundCall.objects.filter(
        work_item=item, kind=_Kind.PACK, state=_State.WAITING, attempts=0
    )
    # One that nobody has begun will post this evidence too.
    known = waiting.select_for_update(skip_locked=True).first()
    return known or OutboundCall.objects.create(
        tracker=item.tracker, work_item=item, kind=_Kind.PACK
    )


@transaction.atomic
def begin_call(call: OutboundCall) -> OutboundCall:
    """Marks it as begun, so that evidence that comes from now on is posted once more."""
    call = locked(call)
    call.attempts += 1
    call.save(update_fields=["attempts"])
    return call


@transaction.atomic
def note_made_there(call: OutboundCall, remote: RemoteItem) -> WorkItem:
    """The item exists in the tracker; whatever row mirrored it meanwhile gives way."""
    tracker = held(call.tracker)
    item = locked(call.work_item)
    key = clean(remote.key, 80)
    if item.external_id != key:
        double = WorkItem.objects.filter(tracker=tracker, external_id=key).first()
        if double is not None:
            _give_way(double, item)
        item.external_id = key
        item.external_url = link(remote.url)
        item.save(update_fields=["external_id", "external_url"])
        record(
            events.WORK_ITEM_MADE_THERE,
            item,
            actor=None,
            tracker=tracker.name,
            external_id=key,
        )
    _settle(call)
    return item


def _give_way(double: WorkItem, item: WorkItem) -> None:
    double = locked(double)
    double.tracker = None
    double.external_id = double.external_url = ""
    double.save(update_fields=["tracker", "external_id", "external_url"])
    if double.is_open:
        cancel_work_item(double, actor=None, reason=f"It is {item.key}.")


@transaction.atomic
def note_pack_posted(call: OutboundCall, *, version: int) -> None:
    """The evidence stands in the tracker."""
    _settle(call)
    record(
        events.WORK_ITEM_PACK_POSTED,
        call.work_item,
        actor=None,
        tracker=call.tracker.name,
        version=version,
    )


def _settle(call: OutboundCall) -> None:
    call.state = _State.DONE
    call.error = ""
    call.settled_at = timezone.now()
    call.save(update_fields=["state", "error", "settled_at"])


@transaction.atomic
def settle_call(call: OutboundCall) -> None:
    """There is nothing to do any more."""
    _settle(locked(call))


@transaction.atomic
def note_call_fault(call: OutboundCall, *, reason: str, of_tracker: bool = False) -> None:
    """It is tried again later; after the last try the item's page says that it failed, and why.

    A fault of the tracker as a whole costs no try: the call waits until the tracker is back.
    """
    call = locked(call)
    now = timezone.now()
    call.error = reason.replace("\x00", "")[:1000]
    if of_tracker:
        call.attempts = 0
        call.save(update_fields=["error", "attempts"])
        return
    call.due_at = now + min(timedelta(seconds=30) * 2**call.attempts, timedelta(hours=1))
    if call.attempts >= MOST_ATTEMPTS:
        call.state, call.settled_at = _State.FAILED, now
        record(
            events.WORK_ITEM_NOT_SENT,
            call.work_item,
            actor=None,
            tracker=call.tracker.name,
            reason=call.error,
        )
    call.save(update_fields=["error", "due_at", "state", "settled_at"])
