"""Saying in words whether a tracker can be reached."""

from collections.abc import Sequence

from devlink.connectors.base import ConnectorError
from devlink.models import Tracker
from devlink.tracking.reaching import connector_of


def check(tracker: Tracker) -> Sequence[str]:
    """What is missing for everything to work, a sentence each; empty when all is well."""
    if tracker.is_pipeline:
        return []
    try:
        return list(connector_of(tracker).check())
    except ConnectorError as error:
        return [error.message]
