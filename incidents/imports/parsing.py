"""Lines → rows of named values, from CSV or JSON lines."""

import csv
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from incidents.imports.reading import (
    LONGEST_LINE,
    BadFile,
    Line,
    Opener,
    has_foreign_bytes,
    read_lines,
)

DELIMITERS = (",", ";", "\t", "|")
MOST_COLUMNS = 500
LONGEST_VALUE = 1_000_000
SAMPLE_ROWS = 200
_NESTING = 6
# Process-wide in Python's csv; its own limit of 131,072 would refuse long descriptions.
csv.field_size_limit(LONGEST_VALUE)


@dataclass(frozen=True)
class RawRow:
    """One row as the file has it. `fault` says why it cannot be read; empty when it can."""

    line: int
    values: dict[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class Table:
    """What the file is: its format, its columns, and how they are told apart."""

    is_json: bool
    columns: list[str]
    delimiter: str = ""


def describe(opener: Opener, encoding: str = "", delimiter: str = "") -> Table:
    """The file's format and columns; BadFile for one without rows."""
    first = next((one for one in read_lines(opener, encoding) if one.text.strip()), None)
    if first is None:
        raise BadFile("The file is empty.")
    start = first.text.lstrip("\ufeff \t")[:1]
    if start == "[":
        raise BadFile("This is one JSON list. Write one JSON object on each line instead.")
    if start == "{":
        return Table(is_json=True, columns=_json_columns(opener, encoding))
    if first.too_long:
        raise BadFile("The first line is too long to be a header.")
    chosen = delimiter or max(DELIMITERS, key=lambda sign: len(_cells(first.text, sign)))
    names = _column_names(_header(opener, encoding, chosen))
    return Table(is_json=False, columns=names, delimiter=chosen)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _header(opener: Opener, encoding: str, delimiter: str) -> list[str]:
    """The first row that says something; its names may hold line breaks."""
    for _, values, fault in _csv_records(read_lines(opener, encoding), delimiter):
        if fault:
            raise BadFile(f"The header cannot be read: {fault}.")
        if any(value.strip() for value in values):
            return values
    raise BadFile("The file is empty.")


def _column_names(header: list[str]) -> list[str]:
    if len(header) > MOST_COLUMNS:
        raise BadFile(f"The file has {len(header):,} columns; {MOST_COLUMNS} is the most.")
    names: list[str] = []
    for position, raw in enumerate(header, start=1):
        cleaned = " ".join(raw.replace("\ufeff", "").replace("\x00", "").split())
        base = cleaned.encode("utf-8", "replace").decode()[:200] or f"column {position}"
        name, number = base, 2
        while name in names:
            name, number = f"{base} ({number})", number + 1
        names.append(name)
    return names


def _json_columns(opener: Opener, encoding: str) -> list[str]:
    names: dict[str, None] = {}
    for row in islice(_json_rows(read_lines(opener, encoding)), SAMPLE_ROWS):
        names.update(dict.fromkeys(row.values))
    if not names:
        raise BadFile("No line of the file is a JSON object.")
    return list(names)[:MOST_COLUMNS]


def read_rows(opener: Opener, table: Table, encoding: str = "") -> Iterator[RawRow]:
    """Every row that is not blank, in order; one that cannot be read has a fault."""
    lines = read_lines(opener, encoding)
    rows = _json_rows(lines) if table.is_json else _csv_rows(lines, table)
    for row in rows:
        yield row if row.fault else _without_foreign_signs(row)


def _without_foreign_signs(row: RawRow) -> RawRow:
    """The row, or a fault when it holds what no database keeps."""
    for name, value in row.values.items():
        if "\x00" in value:
            return RawRow(row.line, row.values, f"{name}: holds a NUL byte")
        if not value.isascii():
            if has_foreign_bytes(value):
                return RawRow(row.line, row.values, f"{name}: is not text in the file's encoding")
            if any("\ud800" <= sign <= "\udfff" for sign in value):
                return RawRow(row.line, row.values, f"{name}: holds half a character")
    return row


class _Feed(Iterator[str]):
    """Lines for the csv reader that can be taken back: one lost quote must not eat the rest."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._again: deque[Line] = deque()
        self.taken: list[Line] = []
        self.ended = False

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.taken.append(line)
        return line.text

    def start_record(self) -> None:
        """What follows belongs to a new record."""
        self.taken = []

    def give_back_all_but_first(self) -> None:
        """The record was only its first line after all."""
        self._again.extendleft(reversed(self.taken[1:]))
        self.taken = self.taken[:1]
        self.ended = False


def _csv_records(lines: Iterator[Line], delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """(first line, values, fault) of each record."""
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=delimiter)
    while True:
        feed.start_record()
        fault = ""
        values: list[str] = []
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error:
            fault = "a value is too long, or a quote is not closed"
        if not fault and feed.ended and _quote_is_open(feed.taken):
            fault = "a quote is not closed"
        if any(line.too_long for line in feed.taken):
            fault = f"a line is longer than {LONGEST_LINE:,} characters"
        number = feed.taken[0].number
        if fault:
            values = [feed.taken[0].text[:LONGEST_VALUE]]
            feed.give_back_all_but_first()
            reader = csv.reader(feed, delimiter=delimiter)
        yield number, values, fault


def _quote_is_open(taken: list[Line]) -> bool:
    """At the end of the file: an odd number of quotes means that one is missing."""
    return sum(line.text.count('"') for line in taken) % 2 == 1


def _csv_rows(lines: Iterator[Line], table: Table) -> Iterator[RawRow]:
    header_seen = False
    for number, values, fault in _csv_records(lines, table.delimiter):
        if not fault and not any(value.strip() for value in values):
            continue
        if header_seen:
            yield _named(number, values, fault, table.columns)
        header_seen = True


def _named(number: int, values: list[str], fault: str, columns: list[str]) -> RawRow:
    """The row under the header's names; blank cells beyond the header are nothing."""
    width = len(columns)
    ragged = len(values) < width or any(value.strip() for value in values[width:])
    if ragged and not fault:
        fault = f"has {len(values)} values where the header names {width}"
    return RawRow(number, dict(zip(columns, values, strict=False)), fault)


def _json_rows(lines: Iterator[Line]) -> Iterator[RawRow]:
    for line in lines:
        if not line.text.strip("\ufeff \t\r\n"):
            continue
        if line.too_long:
            yield RawRow(line.number, {"line": line.text[:1000]}, "the line is too long")
            continue
        try:
            found = json.loads(line.text.lstrip("\ufeff"))
        except (ValueError, RecursionError):
            yield RawRow(line.number, {"line": line.text.rstrip()}, "is not JSON")
            continue
        if not isinstance(found, dict):
            yield RawRow(line.number, {"line": line.text.rstrip()}, "is not a JSON object")
            continue
        values: dict[str, str] = {}
        _flatten(found, "", values, _NESTING)
        yield RawRow(line.number, values)


def _flatten(found: dict[str, object], prefix: str, into: dict[str, str], depth: int) -> None:
    """`{"fields": {"summary": "x"}}` gives the column `fields.summary`."""
    for name, value in found.items():
        key = f"{prefix}{name}".replace("\x00", "").encode("utf-8", "replace").decode()
        if isinstance(value, dict) and depth > 1:
            _flatten(value, f"{key}.", into, depth - 1)
        else:
            into[key] = _as_text(value)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(str(one) for one in value)
    return json.dumps(value, ensure_ascii=False)
