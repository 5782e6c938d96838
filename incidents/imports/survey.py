"""A first look at a file: what it is, how many rows it has, and what importing it would do."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from incidents.imports.drafts import Draft, Refused
from incidents.imports.fields import TIME_FIELDS
from incidents.imports.loading import Rejection, sort_rows
from incidents.imports.mapping import MappingRules, complete
from incidents.imports.parsing import RawRow, Table, describe, read_rows
from incidents.imports.reading import Opener, guess_encoding
from incidents.imports.references import References
from incidents.imports.rows import Reader
from incidents.imports.times import DateOrder

# Enough to tell the columns, the encoding and the order of dates while somebody waits.
LINES_WHILE_WAITING = 5_000
PREVIEW_ROWS = 20
ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Survey:
    """What a file is and how it will be read. `total` is None when only its start was read."""

    table: Table
    rules: MappingRules
    total: int | None
    dates_guessed: bool

    @property
    def left_out(self) -> list[str]:
        """Columns that no field is taken from."""
        return [name for name in self.table.columns if name not in self.rules.columns.values()]


def look(opener: Opener, rules: MappingRules, *, whole: bool) -> Survey:
    """Reads the file (its start only unless `whole`) and completes the rules from it.

    Raises BadFile or BadMapping with a sentence.
    """
    most = None if whole else LINES_WHILE_WAITING
    encoding = rules.encoding or guess_encoding(opener, most)
    table = describe(opener, encoding, rules.delimiter)
    rules = complete(replace(rules, encoding=encoding, delimiter=table.delimiter), table.columns)
    dates = DateOrder()
    columns = [rules.columns[name] for name in TIME_FIELDS if name in rules.columns]
    total = 0
    for row in islice(read_rows(opener, table, encoding), most):
        total += 1
        for column in columns:
            dates.look_at(row.values.get(column, ""))
    if not rules.dates and dates.seen:
        rules = replace(rules, dates=dates.order)
    return Survey(table, rules, total if whole else None, dates.is_a_guess)


def in_batches(rows: Iterator[RawRow], size: int = ROWS_AT_ONCE) -> Iterator[list[RawRow]]:
    """The rows in lists of `size`, the last one shorter."""
    while batch := list(islice(rows, size)):
        yield batch


@dataclass
class Forecast:
    """What an import would do."""

    total: int = 0
    created: int = 0
    unchanged: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    missing: dict[str, set[str]] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)


def forecast(
    opener: Opener,
    found: Survey,
    *,
    source: str,
    create_missing: bool,
    now: datetime,
    on_rejection: Callable[[Rejection], None] = lambda _: None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Forecast:
    """Goes through the whole file as an import does and writes nothing."""
    reader = Reader(found.rules, now)
    references = References(source, create_missing=False)
    result = Forecast()
    seen: set[str] = set()
    for rows in in_batches(read_rows(opener, found.table, found.rules.encoding)):
        batch = sort_rows(rows, reader, source)
        # A batch knows what is stored; a second mention in this file is stored by then.
        fresh = [draft for draft in batch.fresh if draft.number not in seen]
        repeated = len(batch.fresh) - len(fresh)
        seen.update(draft.number for draft in fresh)
        references.prepare(fresh)
        by_line = {row.line: row for row in rows}
        rejections = list(batch.rejections)
        for draft in fresh:
            missing = references.missing(draft)
            for one in missing:
                result.missing.setdefault(one.field, set()).add(one.name)
            if missing and not create_missing:
                first = missing[0]
                rejections.append(Rejection(by_line[draft.line], first.field, first.reason))
                continue
            result.created += 1
            result.notes.update(draft.notes)
        result.total += len(rows)
        result.unchanged += batch.unchanged + repeated
        result.rejected += len(rejections)
        for one_rejection in rejections:
            result.reasons[f"{one_rejection.field or 'row'}: {one_rejection.reason}"] += 1
            on_rejection(one_rejection)
        on_progress(result.total)
    return result


@dataclass(frozen=True)
class PreviewRow:
    """One row as it would be stored, or why it would be refused."""

    line: int
    draft: Draft | None
    problem_field: str = ""
    problem: str = ""
    is_here: bool = False


def preview(
    opener: Opener, found: Survey, *, source: str, create_missing: bool, now: datetime
) -> list[PreviewRow]:
    """The first twenty rows as an import would store them; nothing is written."""
    rows = list(islice(read_rows(opener, found.table, found.rules.encoding), PREVIEW_ROWS))
    reader = Reader(found.rules, now)
    batch = sort_rows(rows, reader, source)
    references = References(source, create_missing=False)
    references.prepare(batch.fresh)
    fresh = {draft.line for draft in batch.fresh}
    shown = []
    for row in rows:
        try:
            draft = reader.read(row)
        except Refused as refused:
            shown.append(PreviewRow(row.line, None, refused.field, refused.reason))
            continue
        missing = [] if create_missing or row.line not in fresh else references.missing(draft)
        first = missing[0] if missing else None
        shown.append(
            PreviewRow(
                row.line,
                draft,
                first.field if first else "",
                first.reason if first else "",
                is_here=row.line not in fresh,
            )
        )
    return shown
