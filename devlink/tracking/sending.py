"""Sending: items made in a tracker, evidence posted as one comment that is edited."""

import logging
from datetime import datetime

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.utils import timezone

from devlink.actions import (
    begin_call,
    marker_of,
    note_call_fault,
    note_made_there,
    note_pack_posted,
    settle_call,
)
from devlink.connectors.base import Connector, ConnectorError, ItemKind, NewItem
from devlink.evidence.reading import readable_content, shared_with
from devlink.evidence.wording import in_markdown
from devlink.models import OutboundCall, Tracker, WorkItem
from devlink.tracking.reaching import connector_of, minding_trouble, sole

logger = logging.getLogger(__name__)


def send_calls(tracker: Tracker, *, until: datetime) -> int:
    """Does what waits to be done in the tracker, oldest first; returns how much was done.

    Killed between the tracker's yes and our commit, the next run finds what was made by its
    marker: nothing is made twice.
    """
    done = 0
    with sole(tracker.pk, "send") as mine, minding_trouble(tracker):
        if not mine:
            return 0
        connector = connector_of(tracker)
        while timezone.now() < until:
            call = _next(tracker)
            if call is None:
                break
            done += _try(connector, begin_call(call))
    return done


def _next(tracker: Tracker) -> OutboundCall | None:
    """The oldest call that is due; evidence waits until its item is made."""
    due = tracker.calls.filter(state="waiting", due_at__lte=timezone.now())
    ready = due.filter(kind=OutboundCall.Kind.CREATE) | due.exclude(work_item__external_id="")
    return ready.select_related("work_item", "tracker").order_by("id").first()


def _try(connector: Connector, call: OutboundCall) -> bool:
    try:
        if call.kind == OutboundCall.Kind.CREATE:
            _create(connector, call)
        else:
            _post(connector, call)
    except ConnectorError as error:
        note_call_fault(call, reason=error.message, of_tracker=True)
        raise
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:  # one bad item must not hold up the others; kept with its reason
        logger.exception("tracker.call_failed", extra={"call": call.pk})
        note_call_fault(call, reason=f"{type(error).__name__}: {error}")
        return False
    return True


def _create(connector: Connector, call: OutboundCall) -> None:
    item = call.work_item
    if item.external_id:
        settle_call(call)
        return
    note_made_there(call, connector.create_item(_new(item)))


def _new(item: WorkItem) -> NewItem:
    came_from = f"From Upstream: {settings.SITE_URL.rstrip('/')}{item.get_absolute_url()}"
    if item.problem is not None:
        came_from += f" ({item.problem.reference})"
    return NewItem(
        title=item.title,
        body="\n\n".join(filter(None, [item.description, came_from])),
        kind=ItemKind(item.kind),
        marker=marker_of(item),
    )


def _post(connector: Connector, call: OutboundCall) -> None:
    item = call.work_item
    pack = item.packs.select_related("problem").order_by("-version", "-pk").first()
    if pack is None:
        settle_call(call)
        return
    # A tracker has other readers than a page: it gets what the item's team may read here.
    content = readable_content(pack, shared_with(item.team, pack))
    body = in_markdown(pack, content, site=settings.SITE_URL.rstrip("/"))
    connector.put_comment(item.external_id, body, marker=f"upstream:pack:{item.pk}")
    note_pack_posted(call, version=pack.version)
