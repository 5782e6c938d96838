"""Hours of a day and dates of one's own, as people write them. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from catalogue.holidays import OwnDay

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_DATE = re.compile(r"\s*(\d{4}-\d{2}-\d{2})\s*(.*)")
Hours = tuple[tuple[int, int], ...]


def read_hours(text: str) -> Hours:
    """`08:00-12:00, 13:00-18:00` as minutes of the day; ValueError says what is wrong."""
    if text.strip().lower() in {"", "closed"}:
        return ()
    found = []
    for part in text.split(","):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise ValueError("Write hours as 08:00-12:00, 13:00-18:00, or leave it empty.")
        start_hour, start, end_hour, end = map(int, match.groups())
        if start > 59 or end > 59 or max(start_hour * 60 + start, end_hour * 60 + end) > 1440:
            raise ValueError("A day ends at 24:00.")
        found.append((start_hour * 60 + start, end_hour * 60 + end))
    return tuple(found)


def write_hours(hours: Iterable[Sequence[int]]) -> str:
    """Minutes of the day as people write them; empty for none."""
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in hours)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def read_days(text: str) -> list[OwnDay]:
    """One date a line: `2026-12-24 Christmas Eve 08:00-12:00`; without hours it is a holiday."""
    found = []
    for line in filter(str.strip, text.splitlines()):
        match = _DATE.fullmatch(line.rstrip())
        try:
            day = date.fromisoformat(match[1]) if match else None
        except ValueError:
            day = None
        if match is None or day is None:
            raise ValueError(f"“{line.strip()[:60]}” begins with no date such as 2026-12-24.")
        spans = _SPAN.search(match[2])
        name = match[2][: spans.start()] if spans else match[2]
        hours = read_hours(match[2][spans.start() :]) if spans else ()
        found.append(OwnDay(day, name.strip() or "Own date", hours))
    return found


def write_days(days: Iterable[dict[str, object]]) -> str:
    """Dates of one's own as people write them, one a line."""
    return "\n".join(
        " ".join(
            filter(None, (str(one["date"]), str(one["name"]), write_hours(one["hours"])))  # type: ignore[arg-type]  # a JSON list of pairs
        )
        for one in days
    )
