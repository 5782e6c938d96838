"""`manage.py seed_demo`: fills an empty database with the demo company's last 26 weeks."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import datetime
from time import monotonic

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Organisation
from dashboards.demo.content import organisations
from dashboards.demo.loading.everything import load_demo
from dashboards.demo.plan import SEED
from incidents.models import Ticket


class Command(BaseCommand):
    """Writes the demo once; run again it changes nothing."""

    help = "Fill the database with the demo company: 26 weeks that end now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command line."""
        parser.add_argument("--seed", type=int, default=SEED, help="another number, other dice")
        parser.add_argument("--now", help="end the 26 weeks at this moment (ISO) instead of now")
        parser.add_argument("--add", action="store_true", help="also beside tickets that are there")

    def handle(self, *args: object, **options: object) -> None:
        """Loads everything in one transaction: afterwards it is all there, or nothing is."""
        if is_seeded():
            self.stdout.write("The demo is already here; nothing was changed.")
            return
        if Ticket.objects.exists() and not options["add"]:
            raise CommandError(
                "There are tickets here already. The demo is meant for an empty database; "
                "give --add to put it beside them."
            )
        started = monotonic()
        counts = load_demo(
            _moment(options["now"]), seed=int(str(options["seed"])), progress=self._show
        )
        seconds = monotonic() - started
        parts = ", ".join(f"{count:,} {what}" for what, count in counts.items())
        self._clear()
        self.stdout.write(f"Demo seeded in {seconds:.0f} s: {parts}.")

    def _show(self, what: str, done: int, total: int) -> None:
        """One moving line on a terminal, a line per finished step elsewhere."""
        text = f"{what}: {done:,} of {total:,}"
        if sys.stderr.isatty():
            self.stderr.write(f"\r\x1b[2K{text}", ending="")
        elif done >= total:
            self.stderr.write(text)

    def _clear(self) -> None:
        if sys.stderr.isatty():
            self.stderr.write("\r\x1b[2K", ending="")


def is_seeded() -> bool:
    """True when the demo's organisations are here."""
    domains = [one.domain for one in organisations() if not one.internal]
    return Organisation.objects.filter(domain__in=domains).exists()


def _moment(text: object) -> datetime:
    if text is None:
        return timezone.now()
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise CommandError(f"--now: {text} is not a moment such as 2026-05-04T09:30.") from error
    return moment if moment.tzinfo else timezone.make_aware(moment)
