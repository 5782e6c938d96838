"""Refuses trailing blanks and files that do not end with exactly one line end."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path


def faults(text: str) -> Iterator[str]:
    """What is wrong with the blanks of a text, as `line: sentence`."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line != line.rstrip():
            yield f"{number}: trailing blanks"
    if text and (not text.endswith("\n") or text.endswith("\n\n")):
        yield f"{text.count(chr(10)) + 1}: end the file with one line end"


def main(names: Sequence[str]) -> int:
    """Print the faults of the named files; the exit code says whether there were any."""
    found = [f"{name}:{fault}" for name in names for fault in faults(Path(name).read_text())]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
