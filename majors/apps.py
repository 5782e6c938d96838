"""Registers the app."""

from django.apps import AppConfig


class MajorsConfig(AppConfig):
    """See `majors/__init__.py`."""

    name = "majors"
    verbose_name = "Major incidents"
