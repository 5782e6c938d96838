"""Serves an assistant over standard input and output (docs/mcp.md)."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError

from core.errors import DomainError
from devlink.mcp.stdio import holder_of, serve


class Command(BaseCommand):
    """Nothing but the protocol is written to standard output; the log goes to standard error."""

    help = (
        "Speaks the Model Context Protocol on standard input and output, for the person whose API "
        "key stands in the environment variable UPSTREAM_API_KEY."
    )
    requires_system_checks: list[str] = []  # their notes belong to the person who starts a server

    def handle(self, *args: Any, **options: Any) -> None:
        key = os.environ.get("UPSTREAM_API_KEY", "").strip()
        if not key:
            self._stop("Set UPSTREAM_API_KEY to an API key of yours: Profile, API keys.")
        try:
            holder_of(key)
        except DomainError as error:
            self._stop(f"{error.message} Make a new one under Profile, API keys.")
        except OperationalError:
            self._stop("The database cannot be reached; is DATABASE_URL right?")
        serve(key)

    def _stop(self, sentence: str) -> None:
        self.stderr.write(sentence)
        sys.exit(1)
