"""`manage.py demo_logins`: with whom to look around in the demo."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from dashboards.demo.people import DEMO_LOGINS, DEMO_PASSWORD
from dashboards.management.commands.seed_demo import is_seeded


class Command(BaseCommand):
    """Prints the logins of the demo's roles, and nothing where the demo is not loaded."""

    help = "Print the demo's logins: agent, developer, manager, requester, admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command line."""
        parser.add_argument("--line", action="store_true", help="everything on one line")

    def handle(self, *args: object, **options: object) -> None:
        """Real people's addresses are never printed: without the demo there is no output."""
        if not is_seeded():
            return
        pairs = [f"{role} {email}" for role, email in DEMO_LOGINS.items()]
        if options["line"]:
            self.stdout.write(f"Demo logins: {', '.join(pairs)} · password {DEMO_PASSWORD}")
            return
        for pair in pairs:
            self.stdout.write(pair)
        self.stdout.write(f"password {DEMO_PASSWORD}")
