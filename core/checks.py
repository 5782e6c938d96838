"""System checks: risky combinations of settings stop a deployment with a hint."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import connection


@register()
def postgresql_only(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Search, vectors and row locks need PostgreSQL."""
    if connection.vendor == "postgresql":
        return []
    return [Error("DATABASE_URL must name a PostgreSQL database.", id="core.E001")]


@register(deploy=True)
def mail_sends_somewhere(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Sending switched on without a server would fill the outbox with failures."""
    if settings.MAIL_SENDING and not settings.EMAIL_HOST:
        return [Error("MAIL_SENDING is on but EMAIL_HOST is empty.", id="core.E002")]
    return []
