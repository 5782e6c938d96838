"""Refused rows as a CSV file that a spreadsheet may open."""

import csv
import io
from collections.abc import Iterable, Iterator

from core.spreadsheets import safe_cell
from incidents.models import ImportReject

HEAD = ("line", "field", "reason")


def harmless(text: str) -> str:
    """The text as a spreadsheet shows it and never runs it."""
    return str(safe_cell(text))


def rejects_as_csv(rejects: Iterable[ImportReject], columns: list[str]) -> Iterator[str]:
    """A header and one line a reject: where, why, and the row as it was."""
    yield _line([*HEAD, *columns])
    for reject in rejects:
        known = [str(reject.row.get(name, "")) for name in columns]
        rest = [str(value) for name, value in reject.row.items() if name not in columns]
        yield _line([str(reject.line), reject.field, reject.reason, *known, *rest])


def columns_of(rejects: Iterable[ImportReject]) -> list[str]:
    """Every column that occurs, in the order of the first row that has it."""
    names: dict[str, None] = {}
    for reject in rejects:
        names.update(dict.fromkeys(reject.row))
    return list(names)


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow([harmless(cell) for cell in cells])
    return buffer.getvalue()
