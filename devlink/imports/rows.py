"""One line of an export → a work item with its history; pure, and refuses with a reason."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from incidents.imports.reading import Line, has_foreign_bytes

LONGEST_TEXT = 100_000
LONGEST_KEY = 40
LONGEST_TITLE = 200

_KINDS = {
    "bug": "bug",
    "defect": "bug",
    "story": "story",
    "epic": "story",
    "new feature": "story",
    "improvement": "story",
    "requirement": "requirement",
}
_OVER = frozenset({"closed", "resolved", "done", "fixed"})
_BEGUN = frozenset({"in progress", "in review"})
_DISCUSSED = frozenset({"received", "more details needed", "volunteer needed"})
_NOT_DONE = frozenset(
    {"won't fix", "won't do", "duplicate", "cannot reproduce", "incomplete", "answered"}
)


class Refused(Exception):
    """A row that cannot be a work item; `field` says where the fault is."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


@dataclass(frozen=True)
class Version:
    """A version of a project; `day` is when it came out, where that is known."""

    project: str
    name: str
    released: bool
    day: date | None


@dataclass(frozen=True)
class Step:
    """What changed at a moment: the state it led to (None when it stayed) and other fields."""

    at: datetime
    state: str | None
    resolution: str
    fields: Sequence[str]


@dataclass(frozen=True)
class ItemRow:
    """A work item as the export has it."""

    key: str
    project: str
    title: str
    description: str
    kind: str
    state: str
    resolution: str
    assignee: str
    components: Sequence[str]
    versions: Sequence[Version]
    links: Sequence[tuple[str, str]]
    steps: Sequence[Step]
    created_at: datetime
    finished_at: datetime | None


def state_of(status: str, resolution: str) -> str:
    """A status in our words; one that nobody knows is still to be done."""
    status = status.casefold()
    if status in _OVER:
        return "cancelled" if resolution.casefold() in _NOT_DONE else "done"
    if status in _BEGUN:
        return "in_progress"
    return "discovery" if status in _DISCUSSED else "to_do"


def read_item(line: Line, *, now: datetime) -> ItemRow:
    """The item in one line of JSON; raises Refused with a sentence for anything else."""
    row = _object(line)
    key = _text(row, "key", longest=LONGEST_KEY)
    created_at = _moment(row, "created", now)
    if created_at is None:
        raise Refused("It does not say when it was created.", field="created")
    resolution = _text(row, "resolution")
    state = state_of(_text(row, "status", needed=True), resolution)
    finished_at = _moment(row, "resolved", now)
    if finished_at is not None and finished_at < created_at:
        raise Refused("It was resolved before it was created.", field="resolved")
    over = state in {"done", "cancelled"}
    title, description = _words(row)
    project = _text(row, "project") or key.rpartition("-")[0]
    return ItemRow(
        key=key,
        project=project,
        title=title,
        description=description,
        kind=_KINDS.get(_text(row, "type").casefold(), "task"),
        state=state,
        resolution=resolution,
        assignee=_text(row, "assignee")[:120],
        components=[one for one in _strings(row, "components") if one],
        versions=list(_versions(row, project)),
        links=list(_links(row)),
        steps=list(_steps(row, now)),
        created_at=created_at,
        finished_at=(finished_at or _moment(row, "updated", now) or created_at) if over else None,
    )


def _object(line: Line) -> Mapping[str, object]:
    if line.too_long:
        raise Refused("The line is too long.")
    if "\x00" in line.text or has_foreign_bytes(line.text):
        raise Refused("The line holds bytes that are no text.")
    try:
        row = json.loads(line.text.lstrip("\ufeff"))
        json.dumps(row, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise Refused("The JSON is nested too deeply.") from error
    except ValueError as error:
        raise Refused("The line is not JSON.") from error
    if not isinstance(row, dict):
        raise Refused("The line is not a JSON object.")
    return row


def _text(
    row: Mapping[str, object], field: str, *, longest: int | None = None, needed: bool = False
) -> str:
    value = row.get(field)
    text = "" if value is None else str(value).replace("\x00", "").strip()
    if not text and (needed or longest is not None):
        raise Refused("It is missing.", field=field)
    if longest is not None and len(text) > longest:
        raise Refused(f"It is longer than {longest} characters.", field=field)
    return text


def _words(row: Mapping[str, object]) -> tuple[str, str]:
    """Title and description; a title that is too long stands whole in the description."""
    title, description = _text(row, "summary"), _text(row, "description")
    if not title:
        title = next(iter(description.splitlines()), "")
    if not title:
        raise Refused("It has neither a title nor a description.", field="summary")
    if len(title) > LONGEST_TITLE:
        description = f"{title}\n\n{description}"
        title = title[: LONGEST_TITLE - 1].rstrip() + "…"
    return title, description[:LONGEST_TEXT]


def _moment(row: Mapping[str, object], field: str, now: datetime) -> datetime | None:
    value = row.get(field)
    if value in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Refused(f"“{str(value)[:40]}” is not a time.", field=field) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > now:
        raise Refused("It is in the future.", field=field)
    return moment


def _list(row: Mapping[str, object], field: str) -> list[object]:
    value = row.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refused("It is not a list.", field=field)
    return value


def _strings(row: Mapping[str, object], field: str) -> list[str]:
    return [str(one).replace("\x00", "").strip() for one in _list(row, field)]


def _versions(row: Mapping[str, object], project: str) -> Iterator[Version]:
    for one in _list(row, "fix_versions"):
        if not isinstance(one, dict):
            raise Refused("A version is not an object.", field="fix_versions")
        name = _text(one, "name")
        if name:
            day = _day(one.get("releaseDate"), "fix_versions")
            yield Version(project, name, bool(one.get("released")), day)


def _day(value: object, field: str) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise Refused(f"“{str(value)[:40]}” is not a day.", field=field) from error


def _links(row: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for one in _list(row, "links"):
        if not (isinstance(one, list) and len(one) == 2):
            raise Refused("A link is a kind and a key.", field="links")
        kind, key = (str(part).replace("\x00", "").strip() for part in one)
        if kind and key:
            yield kind[:40], key


def _steps(row: Mapping[str, object], now: datetime) -> Iterator[Step]:
    """The history, oldest first; what went from one state to the same is no change of it."""
    entries = []
    for entry in _list(row, "changelog"):
        if not isinstance(entry, dict):
            raise Refused("An entry of the history is not an object.", field="changelog")
        at = _moment(entry, "created", now)
        if at is not None:
            entries.append((at, entry))
    resolution = ""
    for at, entry in sorted(entries, key=lambda pair: pair[0]):
        changes = {}
        for one in _list(entry, "items"):
            if isinstance(one, dict):
                changes[_text(one, "field").casefold()] = one
        resolution = _text(changes["resolution"], "to") if "resolution" in changes else resolution
        state = None
        if "status" in changes:
            state = state_of(_text(changes["status"], "to"), resolution)
        fields = sorted(name for name in changes if name and name != "status")
        yield Step(at, state, resolution, fields)


def read_versions(lines: Iterable[Line]) -> Iterator[tuple[int, Version | Refused]]:
    """Versions of a CSV file with the columns project, version, released and releaseDate."""
    rows = csv.DictReader(line.text for line in lines)
    for number, row in enumerate(rows, start=2):
        try:
            yield number, _version(row)
        except Refused as refused:
            yield number, refused


def _version(row: Mapping[str | None, object]) -> Version:
    words = {str(name): value for name, value in row.items() if name is not None}
    project, name = _text(words, "project", needed=True), _text(words, "version", needed=True)
    released = _text(words, "released").casefold()
    if released not in {"true", "false"}:
        raise Refused("It is neither True nor False.", field="released")
    return Version(project, name, released == "true", _day(words.get("releaseDate"), "releaseDate"))


def noon(day: date) -> datetime:
    """A moment for something of which only the day is known."""
    return datetime.combine(day, time(12), tzinfo=UTC)
