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
    # Sends the mail that is due; its rows wait while no mail server is named.
    "send-due-mail": {
        "task": "notifications.tasks.send_due_mail",
        "schedule": timedelta(seconds=15),
    },
    # Reads tickets for look-alikes that no event announced, such as those of an import.
    "embed-missing-tickets": {
        "task": "incidents.tasks.embed_missing_tickets",
        "schedule": timedelta(minutes=5),
    },
    # Wakes workers for imports that wait for one or lost theirs.
    "resume-imports": {
        "task": "incidents.tasks.resume_imports",
        "schedule": timedelta(minutes=1),
    },
    # Counts how rare each word is, so that similar tickets are found by their telling words.
    "count-ticket-terms": {
        "task": "incidents.tasks.count_ticket_terms",
        "schedule": timedelta(hours=1),
    },
    # Closes tickets that have been resolved for a week.
    "close-settled-tickets": {
        "task": "incidents.tasks.close_settled_tickets",
        "schedule": timedelta(hours=1),
    },
    # Reminds those who are to decide on a request, and acts when they are out of time.
    "tend-approvals": {
        "task": "fulfilment.tasks.tend_approvals",
        "schedule": timedelta(minutes=1),
    },
    # Looks at shipped fixes whose 4th, 8th or 12th week is over, and watches verified ones.
    "judge-fixes": {
        "task": "devlink.tasks.judge_fixes",
        "schedule": crontab(hour=2, minute=10),
    },
    # Starts clustering runs again that lost their worker, and asks for one when it is due.
    "tend-cluster-runs": {
        "task": "problems.tasks.tend_runs",
        "schedule": timedelta(minutes=1),
    },
    # Groups the tickets of all services anew every night.
    "nightly-clusters": {
        "task": "problems.tasks.request_nightly_run",
        "schedule": crontab(hour=0, minute=30),
    },
}
