"""Reads the hand-written material of the demo into frozen dataclasses."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

from dashboards.demo.grammar import lines_of, weights_of

_HERE = Path(__file__).parent
_SERVICES = (
    "payments",
    "billing",
    "identity",
    "reports",
    "notifications",
    "mobile",
    "integrations",
    "workplace",
)


class _Entry(TypedDict, total=False):
    key: str
    name: str
    domain: str
    voice: str
    weight: int
    channels: str
    people: str
    internal: bool
    component: str
    impact: int
    urgency: int
    surge: bool
    weekly: str | float
    orgs: str
    codes: str
    code_share: float
    titles: str
    says: str
    detail: str
    logs: str
    notes: str
    answers: str
    de_titles: str
    de_says: str


@dataclass(frozen=True)
class Organisation:
    """A customer: who writes, how, through which channel and how much."""

    key: str
    name: str
    domain: str
    voice: str
    weight: int
    channels: dict[str, int]
    people: tuple[str, ...]
    internal: bool


@dataclass(frozen=True)
class Phase:
    """From `start` to `end` weeks before now, so many tickets a week."""

    start: float
    end: float
    weekly: float


@dataclass(frozen=True)
class Cause:
    """Why incidents happen, and every way people have of saying so."""

    key: str
    component: str
    impact: int
    urgency: int
    surge: bool
    internal: bool
    phases: tuple[Phase, ...]
    organisations: dict[str, int]
    codes: tuple[str, ...]
    code_share: float
    titles: tuple[str, ...]
    says: tuple[str, ...]
    details: tuple[str, ...]
    logs: tuple[str, ...]
    notes: tuple[str, ...]
    answers: tuple[str, ...]
    german_titles: tuple[str, ...]
    german_says: tuple[str, ...]


@dataclass(frozen=True)
class OneOff:
    """An incident that shares its cause with no other."""

    key: str
    component: str
    title: str
    text: str


def _read(path: str) -> dict[str, object]:
    return tomllib.loads((_HERE / path).read_text(encoding="utf-8"))


def _entries(path: str, table: str) -> list[_Entry]:
    return cast("list[_Entry]", _read(path)[table])


def _phases(weekly: str | float) -> tuple[Phase, ...]:
    if not isinstance(weekly, str):
        return (Phase(26.0, 0.0, float(weekly)),)
    phases = []
    for part in weekly.split():
        window, rate = part.split(":")
        start, end = window.split("-")
        phases.append(Phase(float(start), float(end), float(rate)))
    return tuple(phases)


def _cause(entry: _Entry) -> Cause:
    return Cause(
        key=entry["key"],
        component=entry["component"],
        impact=entry.get("impact", 3),
        urgency=entry.get("urgency", 3),
        surge=entry.get("surge", False),
        internal=entry.get("internal", False),
        phases=() if "weekly" not in entry else _phases(entry["weekly"]),
        organisations=weights_of(entry.get("orgs", "")),
        codes=tuple(code.strip() for code in entry.get("codes", "").split(" / ") if code.strip()),
        code_share=entry.get("code_share", 0.0),
        titles=lines_of(entry["titles"]),
        says=lines_of(entry["says"]),
        details=lines_of(entry.get("detail", "")),
        logs=lines_of(entry.get("logs", "")),
        notes=lines_of(entry.get("notes", "")),
        answers=lines_of(entry.get("answers", "")),
        german_titles=lines_of(entry.get("de_titles", "")),
        german_says=lines_of(entry.get("de_says", "")),
    )


@cache
def causes() -> tuple[Cause, ...]:
    """Every shared cause of incidents."""
    return tuple(
        _cause(e) for service in _SERVICES for e in _entries(f"causes/{service}.toml", "cause")
    )


@cache
def request_types() -> tuple[Cause, ...]:
    """What people order; the same shape as a cause, without one."""
    return tuple(_cause(e) for e in _entries("contacts/requests.toml", "request"))


@cache
def question_types() -> tuple[Cause, ...]:
    """What people ask."""
    return tuple(_cause(e) for e in _entries("contacts/questions.toml", "question"))


@cache
def one_offs() -> tuple[OneOff, ...]:
    """Single incidents, in the order written."""
    lines = lines_of(cast("str", _read("contacts/one_offs.toml")["lines"]))
    parts = [[field.strip() for field in line.split(" | ")] for line in lines]
    return tuple(
        OneOff(f"one-off-{number:03}", component, title, text)
        for number, (component, title, text) in enumerate(parts, start=1)
    )


@cache
def organisations() -> tuple[Organisation, ...]:
    """The customers and the company's own staff."""
    return tuple(
        Organisation(
            key=entry["key"],
            name=entry["name"],
            domain=entry["domain"],
            voice=entry["voice"],
            weight=entry["weight"],
            channels=weights_of(entry["channels"]),
            people=lines_of(entry["people"]),
            internal=entry.get("internal", False),
        )
        for entry in _entries("organisations.toml", "organisation")
    )


@cache
def phrases() -> dict[str, tuple[str, ...]]:
    """What is said around a ticket, by occasion."""
    return {
        occasion: lines_of(cast("str", text))
        for occasion, text in _read("conversations.toml").items()
    }
