"""Reading what a tracker answered: whatever it is, something of the wanted type comes back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime


def dig(value: object, *path: str) -> object:
    """What lies under these names; None where there is nothing."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def text(value: object, *path: str) -> str:
    """The text or whole number under these names, fit for a database; empty for anything else."""
    found = dig(value, *path)
    if isinstance(found, str):
        return found.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return ""


def number(value: object, *path: str) -> str:
    """The positive whole number under these names as text, by which something can be asked for."""
    found = text(value, *path)
    return found if is_number(found) else ""


def is_number(key: str) -> bool:
    """Whether this can be the number of something, so that it may stand in an address."""
    return key.isascii() and key.isdigit() and len(key) <= 20 and int(key) > 0


def keyed(found: Sequence[Mapping[str, object]], name: str) -> Sequence[Mapping[str, object]]:
    """The rows that have a text or number under this name, by which they are known."""
    return [row for row in found if text(row, name)]


def rows(value: object, *path: str) -> Sequence[Mapping[str, object]]:
    """The objects in the list under these names."""
    found = dig(value, *path)
    if not isinstance(found, list):
        return ()
    return [row for row in found if isinstance(row, Mapping)]


def texts(value: object, *path: str) -> Sequence[str]:
    """The texts in the list under these names."""
    found = dig(value, *path)
    if not isinstance(found, list):
        return ()
    return [text(entry) for entry in found if isinstance(entry, str)]


def instant(value: object, *path: str) -> datetime | None:
    """The instant under these names; one without a time zone is in UTC."""
    try:
        found = datetime.fromisoformat(text(value, *path))
    except ValueError:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None


def day(value: object, *path: str) -> date | None:
    """The day under these names, also of an instant."""
    try:
        return date.fromisoformat(text(value, *path)[:10])
    except ValueError:
        return None
