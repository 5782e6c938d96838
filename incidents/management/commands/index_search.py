"""Writes the search words of every ticket anew, after what is findable has changed."""

from typing import Any

from django.core.management.base import BaseCommand

from incidents.models import Ticket
from incidents.search_index import index_tickets

BATCH = 1_000


class Command(BaseCommand):
    """Safe to stop and to run again; searches go on meanwhile."""

    help = "Writes the search words of every ticket anew."

    def handle(self, *args: Any, **options: Any) -> None:
        after, done = 0, 0
        while ids := list(
            Ticket.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]
        ):
            index_tickets(ids)
            after, done = ids[-1], done + len(ids)
            print(f"\r{done:,} tickets", end="")
        print()
