"""Comparing a tracker with what stands here: repairs whatever a lost delivery left behind."""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from devlink.actions import (
    mirror_deployment,
    mirror_item,
    mirror_release,
    mirror_sprint,
    note_synced,
)
from devlink.connectors.base import (
    Connector,
    ConnectorError,
    RemoteDeployment,
    RemoteItem,
    RemoteRelease,
    RemoteSprint,
)
from devlink.models import Tracker
from devlink.tracking.reaching import connector_of, minding_trouble, sole

logger = logging.getLogger(__name__)
Row = TypeVar("Row", RemoteItem, RemoteSprint, RemoteRelease, RemoteDeployment)

# Changes of the same moment may become visible there one after the other.
OVERLAP = timedelta(minutes=5)
KEEP_EVERY = 20


class OutOfTime(Exception):
    """The run's time is over; how far it came is kept."""


def compare(tracker: Tracker, *, until: datetime) -> bool:
    """Takes over all sprints and releases, and the items and deployments changed since last time.

    How far it came is kept as it goes, so that a run that was stopped or killed goes on there.
    False when the end was not reached: another process is at it, time ran out, or trouble.
    """
    finished = False
    with sole(tracker.pk, "compare") as mine, minding_trouble(tracker), suppress(OutOfTime):
        if mine:
            run = _Run(tracker, connector_of(tracker), until)
            run.take_all()
            note_synced(tracker, faults=" ".join(run.faults[:5]))
            finished = True
    return finished


class _Run:
    def __init__(self, tracker: Tracker, connector: Connector, until: datetime) -> None:
        self.tracker = tracker
        self.connector = connector
        self.until = until
        self.asked_at = timezone.now()
        self.faults: list[str] = []

    def take_all(self) -> None:
        there, tracker, asked_at = self.connector, self.tracker, self.asked_at
        self._each(there.list_sprints(), lambda one: mirror_sprint(tracker, one, asked_at=asked_at))
        self._each(
            there.list_releases(), lambda one: mirror_release(tracker, one, asked_at=asked_at)
        )
        self._take_items()
        self._take_deployments()

    def _take_items(self) -> None:
        kept = _Kept(self.tracker, "items_until")
        for item in self.connector.list_items(kept.since()):
            self._one(item, lambda one: mirror_item(self.tracker, one, asked_at=self.asked_at))
            kept.reached(item.updated_at)
        kept.keep()

    def _take_deployments(self) -> None:
        kept = _Kept(self.tracker, "deployments_until")
        for deployment in self.connector.list_deployments(kept.since()):
            self._one(
                deployment,
                lambda one: mirror_deployment(self.tracker, one, asked_at=self.asked_at),
            )
            kept.reached(deployment.at)
        kept.keep()

    def _each(self, rows: Iterable[Row], take: Callable[[Row], object]) -> None:
        for row in rows:
            self._one(row, take)

    def _one(self, row: Row, take: Callable[[Row], object]) -> None:
        """One that cannot be taken over is named on the tracker's page; the others go on."""
        if timezone.now() >= self.until:
            raise OutOfTime
        try:
            take(row)
        except (ConnectorError, SoftTimeLimitExceeded):
            raise
        except Exception as error:  # one bad record must not hold up the others; told on the page
            logger.exception("tracker.not_taken_over")
            self.faults.append(f"{row.key} could not be taken over: {error}")


class _Kept:
    """How far a list was read, in the tracker's row."""

    def __init__(self, tracker: Tracker, field: str) -> None:
        self.tracker = tracker
        self.field = field
        self.newest: datetime | None = getattr(tracker, field)
        self.unkept = 0

    def since(self) -> datetime | None:
        return None if self.newest is None else self.newest - OVERLAP

    def reached(self, moment: datetime | None) -> None:
        if moment is not None and (self.newest is None or moment > self.newest):
            self.newest = moment
        self.unkept += 1
        if self.unkept >= KEEP_EVERY:
            self.keep()

    def keep(self) -> None:
        Tracker.objects.filter(pk=self.tracker.pk).update(**{self.field: self.newest})
        self.unkept = 0
