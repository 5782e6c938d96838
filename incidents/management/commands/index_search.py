"""Writes the search words of every ticket anew, in the foreground."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from incidents.actions import begin_filling, fill_batch, look_after_index
from incidents.models import SearchIndex


class Command(BaseCommand):
    """Safe to stop and to run again: it goes on where it was. Searches go on meanwhile."""

    help = (
        "Writes the search words of every ticket anew. The product does so by itself after an "
        "upgrade and for another language; a filling that was begun is gone on with."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One choice."""
        parser.add_argument(
            "--missing", action="store_true", help="only go on with a filling that was begun"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        index = look_after_index()
        if not index.is_filling and not options["missing"]:
            index = begin_filling()
        began = index.done
        more = index.is_filling
        while more:
            more = fill_batch()
            index = SearchIndex.objects.get()
            print(f"\r{index.done:,} of {index.total:,} tickets", end="", flush=True)
        if index.done > began:
            print()
        if index.is_filling:
            print("Another process writes them at this moment.")
        else:
            print(f"{index.total:,} tickets are written in {', '.join(index.languages)}.")
