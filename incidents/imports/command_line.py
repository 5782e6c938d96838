"""What the import command says: its bar, its reports and its file of refused rows."""

import csv
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TextIO

from incidents.imports.loading import Rejection, printable
from incidents.imports.pace import Pace
from incidents.imports.rejects import HEAD, columns_of, harmless, rejects_as_csv
from incidents.imports.survey import Forecast, Survey
from incidents.models import ImportRun

BAR_WIDTH = 28
LINE_EVERY = 5.0
MOST_REASONS = 15
MOST_NAMES = 8


class Bar:
    """Progress with rate and time left: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, out: TextIO, total: int) -> None:
        self._out = out
        self._total = total
        self._on_terminal = out.isatty()
        self._began = monotonic()
        self._began_at: int | None = None
        self._said = float("-inf")

    def show(self, done: int) -> None:
        """Tells how far it is; the pace is that of this process alone."""
        if self._began_at is None:
            self._began_at = done
        now = monotonic()
        last = done >= self._total
        if not last and now - self._said < (0.1 if self._on_terminal else LINE_EVERY):
            return
        self._said = now
        self._write(done, now - self._began, last=last)

    def _write(self, done: int, seconds: float, *, last: bool) -> None:
        began_at = self._began_at or 0
        pace = Pace(done - began_at, self._total - began_at, seconds)
        words = f"{done:,} of {self._total:,} rows"
        words = f"{words} · {pace.rate:,.0f} a second" if pace.rate else words
        words = f"{words} · {pace.left}" if pace.left else words
        if not self._on_terminal:
            self._out.write(f"{words}\n")
        else:
            filled = BAR_WIDTH * done // max(self._total, 1)
            end = "\n" if last else ""
            self._out.write(f"\r\x1b[K{'█' * filled}{'░' * (BAR_WIDTH - filled)} {words}{end}")
        self._out.flush()


def survey_report(found: Survey) -> Iterator[str]:
    """How the file is read: which column is which, and what was found out."""
    kind = "JSON lines" if found.table.is_json else f"CSV, “{found.table.delimiter}” between values"
    rows = "" if found.total is None else f", {found.total:,} rows"
    yield f"{kind}, {found.rules.encoding or 'UTF-8'}{rows}."
    for name, column in found.rules.columns.items():
        yield f"  {name:<20} ← {column}"
    for name, value in found.rules.defaults.items():
        yield f"  {name:<20} = {value} where the file says nothing"
    if not found.rules.has_words:
        yield "  No column gives a title or a description: titles are made of number and category."
    if found.left_out:
        yield f"  not taken: {', '.join(found.left_out)}"
    if found.dates_guessed:
        yield "  Dates like 03/08/2016 are read day first; --dates month_first changes that."


def forecast_report(result: Forecast, *, create_missing: bool) -> Iterator[str]:
    """What importing would do."""
    yield (
        f"{result.created:,} tickets would be created, {result.unchanged:,} are here already, "
        f"{result.rejected:,} rows would be refused."
    )
    verb = "would be created" if create_missing else "are not known here"
    for name, found in sorted(result.missing.items()):
        shown = ", ".join(sorted(filter(None, found))[:MOST_NAMES])
        more = " …" if len(found) > MOST_NAMES else ""
        yield f"  {name}: {len(found):,} {verb}: {shown or 'the unknown requester'}{more}"
    yield from counted(result.reasons, "Refused")
    yield from counted(result.notes, "Fitted")


def counted(found: Mapping[str, int], heading: str) -> Iterator[str]:
    """The most frequent sentences with how often each holds."""
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    if ranked:
        yield f"{heading}:"
    for sentence, count in ranked[:MOST_REASONS]:
        yield f"  {count:>7,} × {sentence}"
    if len(ranked) > MOST_REASONS:
        yield f"  … and {len(ranked) - MOST_REASONS:,} other reasons"


def result_report(run: ImportRun, created: Mapping[str, int], seconds: float) -> Iterator[str]:
    """What the import did."""
    yield (
        f"{run.created:,} tickets created, {run.unchanged:,} were here already, "
        f"{run.rejected:,} rows refused; {seconds:.1f} s."
    )
    if created:
        made = ", ".join(f"{count:,} {name}" for name, count in created.items())
        yield f"Created for them: {made}."
    yield from counted(run.notes, "Fitted")


def write_rejects(run: ImportRun, path: Path) -> int:
    """Writes the run's refused rows to a file and returns how many."""
    rejects = run.rejects.order_by("line")
    columns = columns_of(rejects.iterator())
    with path.open("w", encoding="utf-8", newline="") as out:
        out.writelines(rejects_as_csv(rejects.iterator(), columns))
    return run.rejected


class RejectsFile:
    """Refused rows of a dry run, written as they come."""

    def __init__(self, out: TextIO, columns: list[str]) -> None:
        self._writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        self._columns = columns
        self._write([*HEAD, *columns])

    def add(self, one: Rejection) -> None:
        """One refused row."""
        known = [one.row.values.get(name, "") for name in self._columns]
        rest = [value for name, value in one.row.values.items() if name not in self._columns]
        self._write([str(one.row.line), one.field, one.reason, *known, *rest])

    def _write(self, cells: list[str]) -> None:
        self._writer.writerow([harmless(printable(cell)) for cell in cells])


@contextmanager
def rejects_file(path: Path | None, columns: list[str]) -> Iterator[RejectsFile | None]:
    """A file for refused rows, or None when nobody asked for one."""
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8", newline="") as out:
        yield RejectsFile(out, columns)


def terminal() -> TextIO:
    """Where progress goes: never into what is piped onwards."""
    return sys.stderr
