"""Registers the app."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """See `knowledge/__init__.py`."""

    name = "knowledge"
