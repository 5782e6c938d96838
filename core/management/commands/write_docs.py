"""Writes the generated pages of docs/."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.documentation import pages


class Command(BaseCommand):
    """`make docs` runs it; needs no database."""

    help = "Writes docs/workflows.md and docs/events.md from the tables in code."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for name, text in pages().items():
            (Path(settings.BASE_DIR) / "docs" / name).write_text(text)
            self.stdout.write(f"docs/{name}")
