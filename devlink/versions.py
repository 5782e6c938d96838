"""Comparing versions as people write them."""

import re

_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


def numbers(version: str) -> tuple[int, ...] | None:
    """The numbers of a version ("Release 4.18.0-rc1" → (4, 18, 0)); None when it has none."""
    found = _NUMBERS.search(version)
    if found is None:
        return None
    return tuple(int(part[:9]) for part in found.group().split("."))


def contains_fix(seen: str, fixed: str) -> bool:
    """True when somebody saw it on the fixed version or a later one; unknown versions say no."""
    one, other = numbers(seen), numbers(fixed)
    if one is None or other is None:
        return False
    length = max(len(one), len(other))
    return one + (0,) * (length - len(one)) >= other + (0,) * (length - len(other))
