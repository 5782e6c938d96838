"""Registers the app."""

from django.apps import AppConfig


class ProblemsConfig(AppConfig):
    """See `problems/__init__.py`."""

    name = "problems"
