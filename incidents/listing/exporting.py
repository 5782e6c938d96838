"""A list of tickets as a file, written line by line: its size does not matter to memory."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.http import StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone

from core.spreadsheets import safe_row
from incidents.listing.columns import COLUMNS, Column, lines_of
from incidents.listing.reading import Listing

LINES_AT_ONCE = 2_000
FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def columns_of(chosen: Iterable[Column]) -> list[Column]:
    """Number and title, and the columns the list shows."""
    return [COLUMNS["reference"], COLUMNS["title"], *chosen]


def exported(
    tickets: QuerySet[Any], order: Iterable[str], columns: list[Column], kind: str
) -> Iterator[str]:
    """The file in pieces: `csv`, harmless to spreadsheets, or `json`, a list of objects."""
    lines = lines_of(tickets, columns).order_by(*(_nulls_last(name) for name in order))
    rows = lines.iterator(chunk_size=LINES_AT_ONCE)
    return _as_csv(rows, columns) if kind == "csv" else _as_json(rows, columns)


def _nulls_last(name: str) -> Any:
    field = F(name.lstrip("-"))
    return field.desc(nulls_last=True) if name.startswith("-") else field.asc(nulls_last=True)


def _as_csv(rows: Iterable[Any], columns: list[Column]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    # The mark tells spreadsheet programs that the letters are UTF-8.
    yield "\ufeff"
    writer.writerow([column.label for column in columns])
    for row in rows:
        writer.writerow(safe_row(_plain(column.plain(row)) for column in columns))
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _as_json(rows: Iterable[Any], columns: list[Column]) -> Iterator[str]:
    below = reverse("incidents:tickets")
    yield "["
    comma = ""
    for row in rows:
        found: dict[str, object] = {"id": row.id, "url": f"{below}{row.id}/"}
        found |= {column.name: _plain(column.plain(row)) for column in columns}
        yield f"{comma}\n{json.dumps(found, ensure_ascii=False)}"
        comma = ","
    yield "\n]\n"


def _plain(value: object) -> object:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def file_of(listing: Listing, kind: str) -> StreamingHttpResponse:
    """A list as a download, streamed."""
    pieces = exported(listing.tickets, listing.order, columns_of(listing.columns), kind)
    response = StreamingHttpResponse(pieces, content_type=FORMATS[kind])
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="tickets-{day}.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
