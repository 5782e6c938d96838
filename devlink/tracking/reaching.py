"""Being the only one who talks to a tracker, and what follows when it fails."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic, sleep

from django.conf import settings
from django.db import connection

from core.secrecy import Unreadable
from devlink.actions import note_trouble
from devlink.connectors import registry
from devlink.connectors.base import Connector, ConnectorError
from devlink.models import Tracker

logger = logging.getLogger(__name__)
_LOOK_AGAIN = 0.25


@contextmanager
def sole(tracker_id: int, what: str, *, wait: timedelta = timedelta(0)) -> Iterator[bool]:
    """True when this process alone does `what` for the tracker; False when another one does,
    also after waiting for `wait`.

    The lock lives in the database session and ends with the process, however that ends.
    """
    until = monotonic() + wait.total_seconds()
    while not (mine := _lock("pg_try_advisory_lock", tracker_id, what)) and monotonic() < until:
        sleep(_LOOK_AGAIN)
    try:
        yield mine
    finally:
        if mine:
            _lock("pg_advisory_unlock", tracker_id, what)


def _lock(function: str, tracker_id: int, what: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(hashtext(%s), %s)",
            [f"devlink.tracker.{what}", tracker_id % 2**31],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def connector_of(tracker: Tracker) -> Connector:
    """Reaches the tracker; ConnectorError when this installation cannot."""
    try:
        return registry.connector_for(
            tracker.kind, tracker.access(), allow_private=settings.TRACKERS_MAY_BE_PRIVATE
        )
    except KeyError as error:
        sentence = f"There is no connector for {tracker.kind_label}."
        raise ConnectorError(sentence, permanent=True) from error
    except Unreadable as error:
        raise ConnectorError(error.message, permanent=True) from error


@contextmanager
def minding_trouble(tracker: Tracker) -> Iterator[None]:
    """A failing tracker ends the block: it is disabled or left alone for a while."""
    try:
        yield
    except ConnectorError as error:
        logger.warning(
            "tracker.failed", extra={"tracker": tracker.pk, "permanent": error.permanent}
        )
        note_trouble(
            tracker,
            reason=error.message,
            permanent=error.permanent,
            retry_after=error.retry_after,
        )
