"""Registers the app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """See `accounts/__init__.py`."""

    name = "accounts"
