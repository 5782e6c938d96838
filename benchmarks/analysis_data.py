"""The labelled sets the analysis is measured on, and synthetic ones where they are absent."""

import csv
import gzip
import importlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from analysis.clusters import Document
from analysis.vectors import FloatMatrix, unit_rows

_JOB = re.compile(
    r"^\s*(?:job\s+(.+?)\s+failed\s+in\s+job_scheduler"
    r"|abended\s+job\s+in\s+job_scheduler\s*:?\s*(\S+))",
    re.IGNORECASE,
)
_DRAWN_AT_ONCE = 16_384
_STAMP = "%Y-%m-%d %H:%M:%S"


class DataMissingError(Exception):
    """The shared data this measure needs is not on this machine."""


@dataclass(frozen=True, slots=True)
class Report:
    """One defect report with its time and what its tracker says about duplicates."""

    id: str
    title: str
    text: str
    at: datetime
    resolved_at: datetime | None
    closed_as_duplicate: bool


@dataclass(frozen=True, slots=True)
class Ticket:
    """One real ticket; `job` is the failing job its message names, empty for all others."""

    document: Document
    at: datetime
    job: str


def data_folder() -> Path:
    """Return the folder of the labelled data: SHARED_DATA or ../shared/data beside the project."""
    named = os.environ.get("SHARED_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        raise DataMissingError(f"no labelled data at {folder}")
    return folder


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise DataMissingError(f"{path.name} is missing")
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _tracker_time(written: str) -> datetime:
    """Without a zone, as the tracker writes it; only order and distance of times are used."""
    return datetime.strptime(written.strip(), "%d/%b/%y %H:%M")  # noqa: DTZ007


def load_reports() -> tuple[list[Report], list[tuple[str, str]]]:
    """Return the defect reports in time order and the pairs known to be duplicates."""
    folder = data_folder() / "duplicates"
    reports = [
        Report(
            row["Issue id"],
            row["Summary"],
            row["Description"],
            _tracker_time(row["Created"]),
            _tracker_time(row["Resolved"]) if row["Resolved"].strip() else None,
            row["Resolution"] == "Duplicate",
        )
        for row in _rows(folder / "reports.csv")
    ]
    pairs = [(row["Issue id"], row["Duplicate id"]) for row in _rows(folder / "pairs.csv")]
    return sorted(reports, key=lambda one: (one.at, one.id)), pairs


def load_banking(part: str = "test") -> tuple[list[str], list[str]]:
    """Return the questions of a part of Banking77, `test` or `train`, and their intents."""
    rows = _rows(data_folder() / "intents" / f"banking77_{part}.csv")
    return [row["text"] for row in rows], [row["category"] for row in rows]


def load_clinc_test() -> tuple[list[str], list[str]]:
    """Return the in-scope questions of CLINC150's test part and their intents."""
    return _clinc(("test",))


def load_clinc() -> tuple[list[str], list[str]]:
    """Return all in-scope questions of CLINC150 and their intents."""
    return _clinc(("train", "val", "test"))


def _clinc(wanted: tuple[str, ...]) -> tuple[list[str], list[str]]:
    path = data_folder() / "intents" / "clinc150.json.gz"
    if not path.is_file():
        raise DataMissingError(f"{path.name} is missing")
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        parts = cast("dict[str, list[list[str]]]", json.load(stream))
    rows = [row for part in wanted for row in parts[part]]
    return [text for text, _ in rows], [label for _, label in rows]


def load_tickets() -> list[Ticket]:
    """Return the real IT tickets in time order.

    The job is the one named in the scheduler's own wording, or in other words by a title in which
    exactly one of those jobs occurs.
    """
    rows = _rows(data_folder() / "tickets" / "it_tickets.csv")
    told = [_JOB.match(row["short_description"]) for row in rows]
    jobs = [(match.group(1) or match.group(2)).casefold() if match else "" for match in told]
    known = set(jobs) - {""}
    found: list[Ticket] = []
    for at, (row, job) in enumerate(zip(rows, jobs, strict=True)):
        named = known.intersection(re.split(r"[\s:,.;()]+", row["short_description"].casefold()))
        names = (row["caller"],) if row["caller"] else ()
        document = Document(at, row["short_description"], row["description"], names=names)
        when = datetime.strptime(row["created_at"], _STAMP)  # noqa: DTZ007  as above
        found.append(Ticket(document, when, job or (named.pop() if len(named) == 1 else "")))
    return sorted(found, key=lambda ticket: (ticket.at, ticket.document.id))


def load_daily_counts() -> list[NDArray[np.int64]]:
    """Return real daily incident counts, full weeks of Monday to Sunday, one series a category."""
    path = data_folder() / "lifecycle" / "incidents.csv.gz"
    if not path.is_file():
        raise DataMissingError(f"{path.name} is missing")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    days = [_day(row["opened_at"]) for row in rows]
    # Ordinal 1 was a Monday.
    first = next(day for day in range(min(days), min(days) + 7) if day % 7 == 1)
    weeks = (max(days) - first) // 7
    series: dict[str, NDArray[np.int64]] = {}
    for row, day in zip(rows, days, strict=True):
        name = row["subcategory"]
        counts = series.setdefault(name, np.zeros(weeks * 7, dtype=np.int64))
        if 0 <= day - first < len(counts):
            counts[day - first] += 1
    return [counts.reshape(weeks, 7) for _, counts in sorted(series.items())]


def _day(stamp: str) -> int:
    return datetime.strptime(stamp, _STAMP).toordinal()  # noqa: DTZ007  as above


def load_demo_truth() -> tuple[list[str], list[str]]:
    """Return texts and true causes of the demo data; the first line of a text is its title.

    `benchmarks.demo_truth` provides it through a function of the same name.
    """
    try:
        module = importlib.import_module("benchmarks.demo_truth")
    except ModuleNotFoundError as missing:
        raise DataMissingError("the demo truth is not available") from missing
    load = cast("Callable[[], tuple[list[str], list[str]]]", module.load_demo_truth)
    return load()


def synthetic_vectors(count: int, seed: int = 1) -> tuple[FloatMatrix, NDArray[np.intp]]:
    """Return unit vectors in groups of very different sizes within themes, and their groups."""
    random = np.random.default_rng(seed)
    groups = max(2, count // 12)
    themes = random.standard_normal((groups // 20 + 1, 256)).astype(np.float32)
    centres = random.standard_normal((groups, 256)).astype(np.float32)
    centres = unit_rows(centres + 0.7 * themes[np.arange(groups) // 20])
    chance = 1 / np.arange(1, groups + 1) ** 0.6
    labels = random.choice(groups, count, p=chance / chance.sum())
    vectors = np.empty((count, 256), dtype=np.float32)
    for start in range(0, count, _DRAWN_AT_ONCE):
        inside = labels[start : start + _DRAWN_AT_ONCE]
        drawn = 0.05 * random.standard_normal((len(inside), 256)).astype(np.float32)
        vectors[start : start + len(inside)] = unit_rows(drawn + centres[inside])
    return vectors, labels
