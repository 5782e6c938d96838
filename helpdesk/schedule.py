"""Everything that happens by the clock, one sentence an entry."""

from datetime import timedelta
from typing import NotRequired, TypedDict

from celery.schedules import crontab


class Entry(TypedDict):
    """A task's name and when it is sent."""

    task: str
    schedule: timedelta | crontab
    args: NotRequired[tuple[int, ...]]


SCHEDULE: dict[str, Entry] = {
    # Sends again every event whose handlers have not settled: the broker is only a wake-up.
    "sweep-deliveries": {"task": "core.tasks.sweep", "schedule": timedelta(minutes=1)},
    # Keeps the dashboards' figures of today and yesterday fresh.
    "refresh-recent-figures": {
        "task": "dashboards.tasks.refresh_recent_figures",
        "schedule": timedelta(minutes=5),
    },
    # Takes late imports and reopenings into the figures of days long gone.
    "refresh-all-figures": {
        "task": "dashboards.tasks.refresh_all_figures",
        "schedule": crontab(hour=1, minute=20),
    },
}
