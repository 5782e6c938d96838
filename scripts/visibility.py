"""Refuses queries in views and API modules that do not start from `visible_to(user)`.

A line may opt out with a comment `# visibility: <why everybody may see this>`.
Usage: python scripts/visibility.py [FILE …]; without files the whole checkout is read.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BARE_QUERY = re.compile(
    r"\.objects\s*\.\s*(all|get|filter|exclude|values|values_list|first|in_bulk)\("
)
SHORTCUT = re.compile(r"get_(?:object|list)_or_404\(\s*[A-Z]\w*\s*[,)]")
OPT_OUT = re.compile(r"#\s*visibility:\s*\S+")
WEB_MODULES = frozenset({"views", "api", "panels"})


def is_web_module(path: Path) -> bool:
    """Whether a file is, or belongs to, a module that answers requests."""
    outside = {"tests", "node_modules", ".venv", ".local"}
    if path.suffix != ".py" or outside.intersection(path.parts):
        return False
    return path.stem in WEB_MODULES or path.parent.name in WEB_MODULES


def bare_queries(text: str) -> Iterator[tuple[int, str]]:
    """Line number and text of every query that skips `visible_to`."""
    for number, line in enumerate(text.splitlines(), start=1):
        found = BARE_QUERY.search(line) or SHORTCUT.search(line)
        if found and not OPT_OUT.search(line):
            yield number, line.strip()


def main(arguments: Sequence[str]) -> int:
    """Print every refused line; the exit code says whether there was one."""
    paths = [Path(name) for name in arguments] or sorted(
        path.relative_to(ROOT) for path in ROOT.glob("[a-z]*/**/*.py")
    )
    refused = 0
    for path in filter(is_web_module, paths):
        for number, line in bare_queries((ROOT / path).read_text()):
            print(f"{path}:{number}: start from visible_to(user): {line}")
            refused += 1
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
