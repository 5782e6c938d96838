"""Another process that works on a job, to be killed at work."""

import os
import subprocess
import sys

from django.conf import settings

from tests.databases import database_url

_WORK = """
import sys, django
django.setup()
from datetime import timedelta
from django.utils import timezone
from incidents.jobs.running import go_on
go_on(int(sys.argv[1]), until=timezone.now() + timedelta(minutes=2))
"""


def start_worker(job_id: int) -> subprocess.Popen[bytes]:
    """A worker on the test's database."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        "SECRET_KEY": "only-for-this-test-" + "x" * 40,
        "DATABASE_URL": database_url(),
    }
    return subprocess.Popen(
        [sys.executable, "-c", _WORK, str(job_id)], cwd=settings.BASE_DIR, env=environment
    )
