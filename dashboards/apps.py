"""Registers the app."""

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """See `dashboards/__init__.py`."""

    name = "dashboards"
