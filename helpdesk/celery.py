"""The Celery app: wakes workers up; what has to be done is always a row in PostgreSQL."""

import os

from celery import Celery

from helpdesk.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

QUEUES = ("default", "mail", "connectors", "clustering")

app = Celery("upstream")
app.config_from_object(f"{os.environ['DJANGO_SETTINGS_MODULE']}:CELERY")
app.conf.update(
    task_routes={
        "notifications.tasks.*": {"queue": "mail"},
        # Others' servers may be slow: what waits for them holds up nothing else.
        "devlink.tasks.*_tracker": {"queue": "connectors"},
        "problems.tasks.run_clustering": {"queue": "clustering"},
        "problems.tasks.refresh_clusters": {"queue": "clustering"},
        "incidents.tasks.import_file": {"queue": "clustering"},
        # Thousands of imported tickets wait here, so that a new one never waits behind them.
        "incidents.tasks.embed_missing_tickets": {"queue": "clustering"},
        "incidents.tasks.fill_search_index": {"queue": "clustering"},
    },
    beat_schedule=SCHEDULE,
)
app.autodiscover_tasks()
