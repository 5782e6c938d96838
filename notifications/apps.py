"""Registers the app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """See `notifications/__init__.py`."""

    name = "notifications"
