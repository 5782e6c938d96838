"""Registers the app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """See `incidents/__init__.py`."""

    name = "incidents"
