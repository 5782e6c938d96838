"""A worker that reads one tracker's deliveries until it is killed: `storm_worker.py TRACKER_ID`."""

import sys
from datetime import timedelta

import django

django.setup()

import pytest  # noqa: E402 (Django must be set up first)
from django.utils import timezone  # noqa: E402

from core.timeline import publishers  # noqa: E402
from devlink.models import Tracker  # noqa: E402
from devlink.tracking import read_deliveries  # noqa: E402
from tests.devlink.trackers.conftest import register_memory  # noqa: E402
from tests.devlink.trackers.memory import WORLDS, World  # noqa: E402


def main() -> None:
    """Every item that is asked for exists."""
    # What follows from each fact is not this storm's business: it waits as with a broker down.
    publishers.clear()
    register_memory(pytest.MonkeyPatch())
    WORLDS["house/shop"] = World(endless=True)
    tracker = Tracker.objects.get(pk=int(sys.argv[1]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        read_deliveries(tracker, until=timezone.now() + timedelta(seconds=1))


if __name__ == "__main__":
    main()
