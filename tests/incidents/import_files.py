"""Small files for the tests of imports."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from incidents.imports.mapping import MappingRules
from incidents.imports.running import claim, sole_importer, take_through
from incidents.imports.survey import look
from incidents.models import ImportRun

COLUMNS = ["number", "opened_at", "caller", "assignment_group", "short_description"]


def csv_text(rows: list[dict[str, str]]) -> str:
    """A CSV file of these rows, with every column any of them has."""
    out = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def simple_rows(count: int, **more: str) -> list[dict[str, str]]:
    """Rows of an ordinary desk: five callers, three groups."""
    return [
        {
            "number": f"T{n:05d}",
            "opened_at": f"2024-03-{1 + n % 28:02d} 08:30:00",
            "caller": f"Caller {n % 5}",
            "assignment_group": f"Group {n % 3}",
            "short_description": f"Printer {n} on floor {n % 7} jams",
            **more,
        }
        for n in range(count)
    ]


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    """The rows as a CSV file."""
    path.write_text(csv_text(rows), encoding="utf-8")
    return path


def opener_of(content: bytes) -> Callable[[], BinaryIO]:
    """Opens these bytes as a file would be."""
    return lambda: io.BytesIO(content)


def import_rows(
    rows: list[dict[str, str]], *, create_missing: bool = True, **rules: object
) -> ImportRun:
    """Imports rows as the command does and returns the finished run."""
    opener = opener_of(csv_text(rows).encode())
    found = look(opener, MappingRules(**{"columns": {}, **rules}), whole=True)
    run = ImportRun.objects.create(
        source="desk",
        file_name="rows.csv",
        sha256=str(ImportRun.objects.count()),
        mapping=found.rules.as_stored(),
        create_missing=create_missing,
        state=ImportRun.State.QUEUED,
        total=found.total,
    )
    with sole_importer(run.source):
        run = claim(run)
        take_through(run, opener)
    return run
