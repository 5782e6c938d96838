"""What tests change: fast hashing, an in-memory cache and mailbox, tasks run in place."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 50)
os.environ.setdefault("LOG_LEVEL", "WARNING")

from helpdesk.settings import *  # noqa: F403  (settings modules override by star import)
from helpdesk.settings import CELERY as BASE_CELERY

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {
    name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}
    for name in ("default", "process")
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MAIL_SENDING = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
CELERY = {**BASE_CELERY, "task_always_eager": True, "task_eager_propagates": True}
