"""Settings, URLs and the Celery app: wires everything together and is owned by nobody."""

from helpdesk.celery import app as celery_app

__all__ = ["celery_app"]
