"""Registers the app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """See `incidents/__init__.py`."""

    name = "incidents"

    def ready(self) -> None:
        from incidents import canned  # noqa: F401 (gives its texts to the writing box)
