"""`manage.py import_tickets FILE`: tickets of another desk from a CSV or JSON lines file."""

from argparse import ArgumentParser
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.text import slugify

from core.errors import DomainError
from incidents.imports.command_line import (
    Bar,
    forecast_report,
    rejects_file,
    result_report,
    survey_report,
    terminal,
    write_rejects,
)
from incidents.imports.fields import FIELDS
from incidents.imports.loading import LostClaim, Rejection
from incidents.imports.mapping import MappingRules, read_flags, read_toml
from incidents.imports.reading import Opener, digest
from incidents.imports.running import claim, sole_importer, take_through
from incidents.imports.survey import Survey, forecast, look
from incidents.imports.times import ORDERS
from incidents.models import ImportRun

LONGEST_SOURCE = 60
# A process killed a moment ago holds its lock until the database has noticed.
WAIT_FOR_LOCK = timedelta(seconds=15)


class Command(BaseCommand):
    """Safe to run twice, and after any stop: what is here already is left as it is."""

    help = "Imports tickets from a CSV or JSON lines file (plain or .gz)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--source",
            default="",
            help="name of the desk the numbers come from (default: the file's name)",
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="take FIELD from COLUMN; nothing after the sign leaves it out. Fields: "
            + ", ".join(one.name for one in FIELDS),
        )
        parser.add_argument("--mapping", type=Path, metavar="TOML", help="a mapping file")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help="take VALUE where the file says nothing, as in state=closed",
        )
        parser.add_argument("--dates", choices=ORDERS, default="", help="what 03/08/2016 means")
        parser.add_argument("--timezone", default="", help="zone of times without one (UTC)")
        parser.add_argument("--encoding", default="", help="found out by default")
        parser.add_argument(
            "--create-missing",
            action="store_true",
            help="create people, teams, organisations, services and components not known here",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="write refused rows there")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            self._work(path, options)
        except DomainError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror or error}.") from error
        except LostClaim as error:
            raise CommandError("Somebody stopped this import or took it over.") from error
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. The same command goes on from where it was.", returncode=130
            ) from None

    def _work(self, path: Path, options: dict[str, Any]) -> None:
        source = options["source"].strip() or slugify(path.name.split(".")[0])
        if not 0 < len(source) <= LONGEST_SOURCE:
            raise CommandError(f"--source is a name of 1 to {LONGEST_SOURCE} characters.")

        def opener() -> BinaryIO:
            return path.open("rb")

        found = look(opener, _rules(options), whole=True)
        for line in survey_report(found):
            self.stdout.write(line)
        if options["dry_run"]:
            self._say_what_would_happen(opener, found, source, options)
        else:
            self._import(opener, found, source, options)

    def _say_what_would_happen(
        self, opener: Opener, found: Survey, source: str, options: dict[str, Any]
    ) -> None:
        bar = Bar(terminal(), found.total or 0)
        with rejects_file(options["rejects"], found.table.columns) as rejects:

            def keep(one: Rejection) -> None:
                if rejects is not None:
                    rejects.add(one)

            result = forecast(
                opener,
                found,
                source=source,
                create_missing=options["create_missing"],
                now=timezone.now(),
                on_rejection=keep,
                on_progress=bar.show,
            )
        for line in forecast_report(result, create_missing=options["create_missing"]):
            self.stdout.write(line)

    def _import(self, opener: Opener, found: Survey, source: str, options: dict[str, Any]) -> None:
        began = monotonic()
        bar = Bar(terminal(), found.total or 0)
        with sole_importer(source, wait=WAIT_FOR_LOCK):
            run = claim(
                _run(
                    found,
                    source=source,
                    name=options["file"].name,
                    sha256=digest(opener),
                    create_missing=options["create_missing"],
                )
            )
            if run.done:
                self.stdout.write(f"Going on after {run.done:,} rows already done.")
            _, created = take_through(run, opener, on_progress=lambda one: bar.show(one.done))
        for line in result_report(run, created.counts(), monotonic() - began):
            self.stdout.write(line)
        if options["rejects"] is not None:
            count = write_rejects(run, options["rejects"])
            self.stdout.write(f"{count:,} refused rows are in {options['rejects']}.")
        if run.state == ImportRun.State.FAILED:
            raise CommandError(run.error)


def _rules(options: dict[str, Any]) -> MappingRules:
    """The mapping file, and what flags say over it."""
    rules = MappingRules(columns={})
    if options["mapping"] is not None:
        rules = read_toml(options["mapping"].read_text(encoding="utf-8", errors="replace"))
    return replace(
        rules,
        columns={**rules.columns, **read_flags(options["map"], "--map")},
        defaults={**rules.defaults, **read_flags(options["set"], "--set")},
        dates=options["dates"] or rules.dates,
        timezone=options["timezone"] or rules.timezone,
        encoding=options["encoding"] or rules.encoding,
    )


def _run(
    found: Survey,
    source: str,
    name: str,
    sha256: str,
    create_missing: bool,  # noqa: FBT001 (a fact of the run)
) -> ImportRun:
    """The run of this file that did not reach its end, or a new one (inside the source's lock)."""
    mapping = found.rules.as_stored()
    same_file = ImportRun.objects.filter(source=source, sha256=sha256)
    stopped = same_file.filter(
        state__in=[ImportRun.State.QUEUED, ImportRun.State.RUNNING, ImportRun.State.FAILED]
    ).first()
    if stopped is not None:
        if stopped.mapping == mapping and stopped.create_missing == create_missing:
            return stopped
        if stopped.is_unfinished:
            # Nobody works on it, or the lock would be taken; it was read by other rules.
            stopped.state = ImportRun.State.CANCELLED
            stopped.finished_at = timezone.now()
            stopped.save(update_fields=["state", "finished_at"])
    return ImportRun.objects.create(
        source=source,
        file_name=name[:200],
        sha256=sha256,
        mapping=mapping,
        create_missing=create_missing,
        state=ImportRun.State.QUEUED,
        total=found.total or 0,
    )
