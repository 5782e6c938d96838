"""Which column is which field, and how the values in it are to be read."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypedDict
from zoneinfo import ZoneInfo

from core.errors import DomainError
from incidents.imports.fields import BY_NAME, FIELDS, plain, propose
from incidents.imports.times import ORDERS
from incidents.imports.values import TARGETS, plain_words

BLANK = frozenset({"", "?", "-", "n/a", "na", "nan", "null", "none", "undefined", "(empty)"})
# Tables of values in a mapping file → the field they are about.
VALUE_TABLES = {
    "states": "state",
    "pending_reasons": "pending_reason",
    "channels": "channel",
    "kinds": "kind",
    "priorities": "priority",
    "impacts": "impact",
    "urgencies": "urgency",
    "severities": "severity",
    "resolution_codes": "resolution_code",
}
_SETTINGS = ("dates", "timezone", "encoding", "delimiter")
_KNOWN_KEYS = frozenset({"columns", "defaults", "blank", *VALUE_TABLES, *_SETTINGS})
LARGEST_MAPPING_FILE = 200_000


class BadMapping(DomainError):
    """A mapping that cannot be followed."""

    status = 400


class StoredMapping(TypedDict, total=False):
    """A mapping as an import run keeps it."""

    columns: dict[str, str]
    values: dict[str, dict[str, str]]
    defaults: dict[str, str]
    blank: list[str]
    dates: str
    timezone: str
    encoding: str
    delimiter: str
    final: bool


@dataclass(frozen=True)
class MappingRules:
    """How rows become tickets. Empty `dates`, `encoding` and `delimiter` are found out.

    A field mapped to an empty column is left out. `final` rules take no further columns by name.
    """

    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    blank: frozenset[str] = BLANK
    dates: str = ""
    timezone: str = "UTC"
    encoding: str = ""
    delimiter: str = ""
    final: bool = False

    def __post_init__(self) -> None:
        _known_fields(self.columns)
        _known_fields(self.defaults)
        for name, table in self.values.items():
            _known_targets(name, table)
        for name, value in self.defaults.items():
            if name in TARGETS:
                _known_targets(name, {"default": value})
        if self.dates not in {"", *ORDERS}:
            raise BadMapping(f"dates is one of {', '.join(ORDERS)}.", field="dates")
        try:
            ZoneInfo(self.timezone)
        except (ValueError, OSError, KeyError) as error:
            raise BadMapping(f"{self.timezone!r} is not a time zone.", field="timezone") from error
        try:
            # Four bytes that every text encoding can read.
            b"a\x00\x00\x00".decode(self.encoding or "utf-8")
        except (LookupError, ValueError) as error:
            raise BadMapping(f"{self.encoding!r} is not an encoding.", field="encoding") from error
        if len(self.delimiter) > 1:
            raise BadMapping("A delimiter is one character.", field="delimiter")

    def as_stored(self) -> StoredMapping:
        """What `from_stored` makes the same mapping of."""
        return {
            "columns": dict(self.columns),
            "values": {name: dict(table) for name, table in self.values.items()},
            "defaults": dict(self.defaults),
            "blank": sorted(self.blank),
            "dates": self.dates,
            "timezone": self.timezone,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "final": self.final,
        }

    def check_columns(self, present: Iterable[str]) -> None:
        """Raises BadMapping for a column the file lacks, or with nothing to call rows by."""
        names = list(present)
        has = f"It has: {', '.join(names[:40])}."
        for name, column in self.columns.items():
            if column not in names:
                raise BadMapping(f"The file has no column “{column}”. {has}", field=name)
        if not {"title", "description", "number"} & self.columns.keys():
            raise BadMapping(
                "No column of the file gives a title, a description or a number. Name one of "
                f"them, as in title=COLUMN. {has}",
                field="title",
            )

    @property
    def has_words(self) -> bool:
        """False for a file that tells of tickets without saying what they were about."""
        return bool({"title", "description"} & self.columns.keys())


def from_stored(stored: StoredMapping) -> MappingRules:
    """The mapping an import run keeps."""
    given = dict(stored)
    blank = stored.get("blank")
    if blank is not None:
        given["blank"] = frozenset(blank)
    return MappingRules(**{"columns": {}, **given})  # type: ignore[arg-type]  # checked in __post_init__


def _known_fields(names: Iterable[str]) -> None:
    for name in names:
        if name not in BY_NAME:
            raise BadMapping(
                f"“{name}” is not a field of a ticket. Fields are: "
                f"{', '.join(one.name for one in FIELDS)}.",
                field=name,
            )


def _known_targets(name: str, table: Mapping[str, str]) -> None:
    known = TARGETS.get(name)
    if known is None:
        return
    for theirs, ours in table.items():
        if ours not in known:
            raise BadMapping(
                f"“{theirs}” is mapped to “{ours}”, but a {name.replace('_', ' ')} is one of: "
                f"{', '.join(sorted(known))}.",
                field=name,
            )


def read_toml(text: str) -> MappingRules:
    """A mapping file; raises BadMapping with a sentence for anything it cannot follow."""
    if len(text) > LARGEST_MAPPING_FILE:
        raise BadMapping("The mapping file is too long.", field="mapping")
    try:
        given = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadMapping(f"The mapping file is not TOML: {error}.", field="mapping") from error
    unknown = sorted(given.keys() - _KNOWN_KEYS)
    if unknown:
        raise BadMapping(
            f"The mapping file has {', '.join(unknown)}; known are "
            f"{', '.join(sorted(_KNOWN_KEYS))}.",
            field="mapping",
        )
    values = {
        name: {plain_words(theirs): ours for theirs, ours in _table(given, key).items()}
        for key, name in VALUE_TABLES.items()
        if key in given
    }
    blank = given.get("blank", [])
    if not isinstance(blank, list):
        raise BadMapping("blank is a list of texts.", field="mapping")
    return MappingRules(
        columns=_table(given, "columns"),
        values=values,
        defaults=_table(given, "defaults"),
        blank=BLANK | {str(one).strip().casefold() for one in blank},
        dates=_text(given, "dates", ""),
        timezone=_text(given, "timezone", "UTC"),
        encoding=_text(given, "encoding", ""),
        delimiter=_text(given, "delimiter", ""),
    )


def _table(given: Mapping[str, object], key: str) -> dict[str, str]:
    table = given.get(key, {})
    if not isinstance(table, dict):
        raise BadMapping(f"[{key}] is a table.", field="mapping")
    for name, value in table.items():
        if not isinstance(value, str | int):
            raise BadMapping(f"[{key}] {name} is a text.", field="mapping")
    return {str(name): str(value) for name, value in table.items()}


def _text(given: Mapping[str, object], key: str, default: str) -> str:
    value = given.get(key, default)
    if not isinstance(value, str):
        raise BadMapping(f"{key} is a text.", field=key)
    return value


def read_flags(pairs: Iterable[str], what: str) -> dict[str, str]:
    """`title=short_description` texts from the command line as a table."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise BadMapping(f"{what} is written FIELD=VALUE, not “{pair}”.", field="mapping")
        found[name.strip()] = value.strip()
    return found


def complete(rules: MappingRules, columns: list[str]) -> MappingRules:
    """The rules made final: columns known by their name are taken too, unless given otherwise.

    A given column may be spelled as other desks do: “Short Description” for short_description.
    """
    merged = dict(rules.columns)
    if not rules.final:
        spelled = {plain(column): column for column in columns}
        given = {
            name: column if column in columns else spelled.get(plain(column), column)
            for name, column in rules.columns.items()
        }
        proposed = propose([column for column in columns if column not in given.values()])
        merged = {**proposed, **given}
    kept = {name: merged[name] for name in BY_NAME if merged.get(name)}
    completed = replace(rules, columns=kept, final=True)
    completed.check_columns(columns)
    return completed
