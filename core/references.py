"""References such as INC-42, from one place."""

import re

PREFIXES = {
    "incident": "INC",
    "service_request": "REQ",
    "problem": "PRB",
    "known_error": "KE",
    "major_incident": "MAJ",
    "change": "CHG",
    "article": "KB",
}
_PATTERN = re.compile(r"^\s*(INC|REQ|PRB|KE|MAJ|CHG|KB)-?(\d{1,12})\s*$", re.IGNORECASE)


def reference(kind: str, number: int) -> str:
    """The reference of a record, such as `PRB-7`."""
    return f"{PREFIXES[kind]}-{number}"


def parse_reference(text: str) -> tuple[str, int] | None:
    """(prefix, number) when the text is a reference and nothing else."""
    found = _PATTERN.match(text)
    return (found[1].upper(), int(found[2])) if found else None
