"""Registers the app."""

from django.apps import AppConfig


class FulfilmentConfig(AppConfig):
    """See `fulfilment/__init__.py`."""

    name = "fulfilment"
