"""Registers the app."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """See `catalogue/__init__.py`."""

    name = "catalogue"
