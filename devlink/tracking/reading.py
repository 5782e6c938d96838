"""Reading what trackers sent: a delivery is a hint, the tracker is asked for the truth."""

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from devlink.actions import (
    mirror_deployment,
    mirror_item,
    mirror_release,
    mirror_sprint,
    note_delivery_fault,
    settle_deliveries,
)
from devlink.connectors.base import Connector, ConnectorError, Notice
from devlink.models import Tracker, TrackerDelivery
from devlink.tracking.reaching import connector_of, minding_trouble, sole

logger = logging.getLogger(__name__)

BATCH = 50
# What a delivery is about: a kind of thing and its key.
_Matter = tuple[str, str]


def read_deliveries(tracker: Tracker, *, until: datetime) -> int:
    """Looks up what the tracker's deliveries hint at; returns how many are settled.

    Killed at any moment, the next run begins with the same deliveries: looking twice is harmless.
    What many deliveries of a batch hint at is looked up once.
    """
    settled = 0
    with sole(tracker.pk, "read") as mine, minding_trouble(tracker):
        if not mine:
            return 0
        connector = connector_of(tracker)
        while timezone.now() < until:
            batch = list(tracker.deliveries.due().order_by("id")[:BATCH])
            if not batch:
                break
            _read(tracker, connector, batch)
            settled += len(batch)
    return settled


def _read(tracker: Tracker, connector: Connector, batch: Sequence[TrackerDelivery]) -> None:
    idle: list[int] = []
    matters: dict[_Matter, list[int]] = defaultdict(list)
    for delivery in batch:
        about = _matters(_notice(connector, delivery))
        for matter in about:
            matters[matter].append(delivery.pk)
        if not about:
            idle.append(delivery.pk)
    faults: dict[int, str] = {}
    for matter, reason in _look_up(tracker, connector, list(matters)).items():
        faults |= dict.fromkeys(matters[matter], reason)
    done = {pk for ids in matters.values() for pk in ids} - faults.keys()
    settle_deliveries(idle, ignored=True)
    settle_deliveries(done)
    for pk, reason in faults.items():
        note_delivery_fault([pk], reason=reason)


def _notice(connector: Connector, delivery: TrackerDelivery) -> Notice:
    payload: Mapping[str, object] = json.loads(delivery.body)
    return connector.read_webhook(delivery.headers, payload)


def _matters(notice: Notice) -> list[_Matter]:
    if not notice.known:
        return []
    return [
        *(("item", key) for key in notice.items),
        *(("sprint", key) for key in notice.sprints),
        *(("release", key) for key in notice.releases),
        *(("deployment", key) for key in notice.deployments),
    ]


def _look_up(
    tracker: Tracker, connector: Connector, matters: Sequence[_Matter]
) -> dict[_Matter, str]:
    """Takes over the present state of each; returns what could not be, and why.

    Sprints and releases go first: items name them.
    """
    faults: dict[_Matter, str] = {}
    by_kind: dict[str, list[_Matter]] = defaultdict(list)
    for matter in matters:
        by_kind[matter[0]].append(matter)
    if by_kind["sprint"]:
        faults |= _together(by_kind["sprint"], lambda: _take_sprints(tracker, connector))
    if by_kind["release"]:
        faults |= _together(by_kind["release"], lambda: _take_releases(tracker, connector))
    for matter in by_kind["item"]:
        faults |= _together([matter], _taking_item(tracker, connector, matter[1]))
    for matter in by_kind["deployment"]:
        faults |= _together([matter], _taking_deployment(tracker, connector, matter[1]))
    return faults


def _together(matters: Sequence[_Matter], take: Callable[[], None]) -> dict[_Matter, str]:
    try:
        take()
    except (ConnectorError, SoftTimeLimitExceeded):
        raise
    except Exception as error:  # one bad record must not hold up the others; kept with its reason
        logger.exception("tracker.not_taken_over")
        return dict.fromkeys(matters, f"{type(error).__name__}: {error}")
    return {}


def _take_sprints(tracker: Tracker, connector: Connector) -> None:
    asked_at = timezone.now()
    for sprint in connector.list_sprints():
        mirror_sprint(tracker, sprint, asked_at=asked_at)


def _take_releases(tracker: Tracker, connector: Connector) -> None:
    asked_at = timezone.now()
    for release in connector.list_releases():
        mirror_release(tracker, release, asked_at=asked_at)


def _taking_item(tracker: Tracker, connector: Connector, key: str) -> Callable[[], None]:
    def take() -> None:
        asked_at = timezone.now()
        item = connector.fetch_item(key)
        if item is not None:
            mirror_item(tracker, item, asked_at=asked_at)

    return take


def _taking_deployment(tracker: Tracker, connector: Connector, key: str) -> Callable[[], None]:
    def take() -> None:
        asked_at = timezone.now()
        deployment = connector.fetch_deployment(key)
        if deployment is not None:
            mirror_deployment(tracker, deployment, asked_at=asked_at)

    return take
