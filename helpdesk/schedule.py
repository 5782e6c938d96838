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
    # Wakes workers for jobs on many tickets that wait for one or lost theirs.
    "resume-ticket-jobs": {
        "task": "incidents.tasks.resume_ticket_jobs",
        "schedule": timedelta(minutes=1),
    },
    # Counts saved views whose tickets change by time alone, such as those past their target.
    "recount-views": {
        "task": "incidents.tasks.recount_views",
        "schedule": timedelta(minutes=5),
    },
    # Counts every saved view from the start, for what no event tells.
    "recount-every-view": {
        "task": "incidents.tasks.recount_every_view",
        "schedule": crontab(hour=2, minute=40),
    },
    # Counts how rare each word is, so that similar tickets are found by their telling words.
    "count-ticket-terms": {
        "task": "incidents.tasks.count_ticket_terms",
        "schedule": timedelta(hours=1),
    },
    # Reads the words of changed tickets, so that misspelt words of a search can be corrected.
    "read-search-words": {
        "task": "incidents.tasks.read_search_words",
        "schedule": timedelta(minutes=1),
    },
    # Writes the words of every ticket anew after an upgrade or for another language.
    "fill-search-index": {
        "task": "incidents.tasks.fill_search_index",
        "schedule": timedelta(minutes=1),
    },
    # Tells of targets that are near or over, from an index of when each is to be told.
    "tell-of-targets": {
        "task": "incidents.tasks.tell_of_targets",
        "schedule": timedelta(seconds=30),
    },
    # Wakes workers for open tickets that wait to be reckoned by a new policy or calendar.
    "resume-clock-runs": {
        "task": "incidents.tasks.resume_clock_runs",
        "schedule": timedelta(minutes=1),
    },
    # Closes tickets that have been resolved for as many days as their team says.
    "close-settled-tickets": {
        "task": "incidents.tasks.close_settled_tickets",
        "schedule": timedelta(hours=1),
    },
    # Reminds people of updates, reviews and follow-ups of major incidents that others wait for.
    "remind-of-major-updates": {
        "task": "majors.tasks.remind_of_promises",
        "schedule": timedelta(minutes=1),
    },
    # Gives waiting tickets to people who are at work and have room by now.
    "assign-waiting-tickets": {
        "task": "incidents.tasks.assign_waiting_tickets",
        "schedule": timedelta(minutes=1),
    },
    # Takes tickets back to the queue from owners who left them alone for too long.
    "return-neglected-tickets": {
        "task": "incidents.tasks.return_neglected_tickets",
        "schedule": timedelta(minutes=1),
    },
    # Runs the rules of time whose moment has come.
    "run-time-rules": {
        "task": "rules.tasks.run_time_rules",
        "schedule": timedelta(minutes=1),
    },
    # Wakes workers for dry runs that wait for one or lost theirs.
    "tend-dry-runs": {
        "task": "rules.tasks.tend_dry_runs",
        "schedule": timedelta(minutes=1),
    },
    # Deletes drafts that were thrown away more than a week ago.
    "forget-drafts": {
        "task": "incidents.tasks.forget_drafts",
        "schedule": crontab(hour=3, minute=40),
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
    # Freezes the evidence for sprints whose planning is near, once a planning.
    "prepare-plannings": {
        "task": "devlink.tasks.prepare_plannings",
        "schedule": timedelta(minutes=10),
    },
    # Tells whoever is owed a word about a shipped fix and was not told when it shipped.
    "keep-the-loop": {
        "task": "devlink.tasks.keep_the_loop",
        "schedule": timedelta(minutes=5),
    },
    # Brings who is owed a word up to date with clusters, owners and assignees.
    "look-through-the-loop": {
        "task": "devlink.tasks.look_through_the_loop",
        "schedule": crontab(hour=3, minute=10),
    },
    # Looks up what trackers told by webhook, and does in them what waits to be done.
    "tend-trackers": {
        "task": "devlink.tasks.tend_trackers",
        "schedule": timedelta(seconds=5),
    },
    # Compares every tracker with what stands here, and repairs what no webhook told.
    "compare-trackers": {
        "task": "devlink.tasks.compare_trackers",
        "schedule": timedelta(minutes=10),
    },
    # Takes the text out of tracker deliveries of more than 30 days ago; their ids stay known.
    "forget-tracker-deliveries": {
        "task": "devlink.tasks.forget_deliveries",
        "schedule": crontab(hour=3, minute=50),
    },
    # Starts clustering runs again that lost their worker, and asks for one when it is due.
    "tend-cluster-runs": {
        "task": "problems.tasks.tend_runs",
        "schedule": timedelta(minutes=1),
    },
    # Reminds people of follow-ups of problem reviews whose date is over.
    "remind-of-problem-actions": {
        "task": "problems.tasks.remind_of_follow_ups",
        "schedule": timedelta(minutes=10),
    },
    # Counts the numbers of every cluster anew: weeks go by also where no run changes a member.
    "refresh-clusters": {
        "task": "problems.tasks.refresh_clusters",
        "schedule": crontab(hour=0, minute=10),
    },
    # Groups the tickets of all services anew every night.
    "nightly-clusters": {
        "task": "problems.tasks.request_nightly_run",
        "schedule": crontab(hour=0, minute=30),
    },
}
