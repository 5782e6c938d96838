"""`manage.py import_work_items FILE …`: items, links, versions and history of another tracker."""

import csv
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO, Protocol

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Team
from accounts.roles import Side
from core.errors import DomainError
from devlink.imports.loading import Loader
from devlink.imports.rows import ItemRow, Refused, read_item, read_versions
from devlink.tracking.reaching import sole
from incidents.imports.command_line import Bar, counted, terminal
from incidents.imports.reading import Line, Opener, read_lines
from incidents.imports.rejects import harmless

BATCH = 200
# A process killed a moment ago holds its lock until the database has noticed.
WAIT_FOR_LOCK = timedelta(seconds=15)


class Writer(Protocol):
    """What a table of refused rows is written with."""

    def writerow(self, row: list[str], /) -> object: ...


class Command(BaseCommand):
    """Safe to run twice, and after any stop: what is here already is left as it is."""

    help = (
        "Imports work items from JSON lines (plain or .gz), one issue a line, and versions from "
        "CSV with the columns project, version, released, releaseDate."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="+")
        parser.add_argument(
            "--project", action="append", default=[], help="only this one; may be repeated"
        )
        parser.add_argument("--team", default="", help="the development team whose work it is")
        parser.add_argument("--dry-run", action="store_true", help="say what would be refused")
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="write refused rows there")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with sole(0, "import", wait=WAIT_FOR_LOCK) as mine, ExitStack() as open_files:
                if not mine:
                    raise CommandError("Work items are being imported by another process.")
                self._work(options, open_files)
        except DomainError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            named = error.filename or "The file"
            raise CommandError(f"{named}: {error.strerror or error}.") from error
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. The same command goes on from where it was.", returncode=130
            ) from None

    def _work(self, options: dict[str, Any], open_files: ExitStack) -> None:
        began = monotonic()
        self.now = timezone.now()
        self.projects = set(options["project"])
        self.dry_run: bool = options["dry_run"]
        self.refused: Counter[str] = Counter()
        self.rejects: Writer | None = None
        if options["rejects"] is not None:
            out = open_files.enter_context(
                options["rejects"].open("w", encoding="utf-8", newline="")
            )
            self.rejects = csv.writer(out)
            self.rejects.writerow(["file", "line", "field", "reason"])
        team = _team(options["team"])
        total: Counter[str] = Counter()
        for path in options["file"]:
            loader = Loader(team, file=path.name)
            self._take(path, loader)
            total += loader.counts
        self._report(total, monotonic() - began)

    def _take(self, path: Path, loader: Loader) -> None:
        def opener() -> BinaryIO:
            return path.open("rb")

        first = next(read_lines(opener), None)
        if first is None:
            raise CommandError(f"{path} is empty.")
        if first.text.lstrip("\ufeff \t").startswith("{"):
            self._take_items(path, opener, loader)
        else:
            self._take_versions(path, opener, first, loader)

    def _take_items(self, path: Path, opener: Opener, loader: Loader) -> None:
        """Items first and links after them: a link may name an item that comes later."""
        bar = Bar(terminal(), sum(1 for _ in read_lines(opener)))
        rows = self._items(path, opener, bar)
        while batch := list(islice(rows, BATCH)):
            if not self.dry_run:
                loader.load(batch)
        if self.dry_run:
            return
        linked = (row for row in self._items(None, opener, None) if row.links)
        while batch := list(islice(linked, BATCH)):
            loader.link(batch)

    def _items(self, path: Path | None, opener: Opener, bar: Bar | None) -> Iterator[ItemRow]:
        """The rows that can be taken; those that cannot are told of where `path` is given."""
        for line in read_lines(opener):
            if bar is not None:
                bar.show(line.number)
            if not line.text.strip():
                continue
            try:
                row = read_item(line, now=self.now)
            except Refused as refused:
                if path is not None:
                    self._refuse(path, line.number, refused)
                continue
            if not self.projects or row.project in self.projects:
                yield row

    def _take_versions(self, path: Path, opener: Opener, first: Line, loader: Loader) -> None:
        missing = {"project", "version", "released", "releaseDate"} - {
            name.strip() for name in first.text.lstrip("\ufeff").split(",")
        }
        if missing:
            raise CommandError(f"{path} has no column {', '.join(sorted(missing))}.")
        for number, version in read_versions(read_lines(opener)):
            if isinstance(version, Refused):
                self._refuse(path, number, version)
            elif not self.dry_run and (not self.projects or version.project in self.projects):
                loader.take_version(version)

    def _refuse(self, path: Path, number: int, refused: Refused) -> None:
        sentence = f"{refused.field}: {refused.reason}" if refused.field else refused.reason
        self.refused[sentence] += 1
        if self.rejects is not None:
            cells = [path.name, str(number), refused.field, refused.reason]
            self.rejects.writerow([harmless(cell) for cell in cells])

    def _report(self, done: Counter[str], seconds: float) -> None:
        refused = sum(self.refused.values())
        if self.dry_run:
            self.stdout.write(f"{refused:,} rows would be refused; {seconds:.1f} s.")
        else:
            self.stdout.write(
                f"{done['created']:,} work items created, {done['unchanged']:,} were here already, "
                f"{refused:,} rows refused; {seconds:.1f} s."
            )
            self.stdout.write(
                f"{done['facts']:,} facts of their history, {done['links']:,} links, "
                f"{done['releases']:,} releases."
            )
            if done["links_left_out"]:
                self.stdout.write(f"{done['links_left_out']:,} links lead to items not here.")
        for line in counted(self.refused, "Refused"):
            self.stdout.write(line)


def _team(name: str) -> Team:
    """The team that is named, or the only one there is."""
    teams = Team.objects.filter(side=Side.DEVELOPMENT)
    if name:
        found = teams.filter(name__iexact=name).first()
        if found is None:
            raise CommandError(f"There is no development team {name}.")
        return found
    if teams.count() != 1:
        raise CommandError("Say whose work it is: --team NAME.")
    return teams.get()
