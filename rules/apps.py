"""Registers the app."""

from django.apps import AppConfig


class RulesConfig(AppConfig):
    """See `rules/__init__.py`."""

    name = "rules"
