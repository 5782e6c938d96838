"""The demo's knowledge articles, read from the files beside this one."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILES = ("money", "access", "field")


@dataclass(frozen=True)
class DemoArticle:
    """An article as its files tell it; `cause` names what tickets use it for."""

    component: str
    title: str
    audience: str
    confidence: str
    governance: str
    cause: str
    valid_to: str
    issue: str
    environment: str
    cause_text: str
    resolution: str
    from_development: str

    @property
    def both_sides(self) -> bool:
        """True when a developer wrote part of it."""
        return bool(self.from_development)


@cache
def demo_articles() -> tuple[DemoArticle, ...]:
    """Every article, in the order of the files."""
    found = []
    for name in _FILES:
        text = (Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8")
        found += [_article(row) for row in tomllib.loads(text)["article"]]
    return tuple(found)


def _article(row: dict[str, str]) -> DemoArticle:
    return DemoArticle(
        component=row["component"],
        title=row["title"],
        audience=row["for"],
        confidence=row.get("trust", "validated"),
        governance=row.get("governance", "experience_based"),
        cause=row.get("cause_key", ""),
        valid_to=row.get("valid_to", ""),
        issue=row["issue"],
        environment=row.get("environment", ""),
        cause_text=row.get("cause", ""),
        resolution=row["resolution"],
        from_development=row.get("dev", ""),
    )
