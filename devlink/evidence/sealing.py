"""The seal of a pack: the same content always gives the same digest."""

import hashlib
import json
from collections.abc import Mapping


def canonical(content: Mapping[str, object]) -> str:
    """The content as canonical JSON: sorted keys, no blanks, no escapes beyond the necessary.

    Raises ValueError for numbers JSON does not know (infinity, not a number).
    """
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(text: str) -> str:
    """SHA-256 of the canonical JSON in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
