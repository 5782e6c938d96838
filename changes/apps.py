"""Registers the app."""

from django.apps import AppConfig


class ChangesConfig(AppConfig):
    """See `changes/__init__.py`."""

    name = "changes"
