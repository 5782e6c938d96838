"""Everything that happens by the clock, one sentence an entry."""

from datetime import timedelta
from typing import TypedDict


class Entry(TypedDict):
    """A task's name and how often it is sent."""

    task: str
    schedule: timedelta


SCHEDULE: dict[str, Entry] = {
    # Sends again every event whose handlers have not settled: the broker is only a wake-up.
    "sweep-deliveries": {"task": "core.tasks.sweep", "schedule": timedelta(minutes=1)},
}
