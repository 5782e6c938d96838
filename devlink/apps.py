"""Registers the app."""

from django.apps import AppConfig


class DevlinkConfig(AppConfig):
    """See `devlink/__init__.py`."""

    name = "devlink"
