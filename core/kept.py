"""Numbers of the rail that are the same for everybody, counted again after some seconds."""

from collections.abc import Callable

from django.core.cache import cache

SECONDS = 15


def kept_count(key: str, count: Callable[[], int]) -> int:
    """What `count` said a quarter of a minute ago at most; it must not depend on who asks."""
    kept: int | None = cache.get(key)
    if kept is None:
        kept = count()
        cache.set(key, kept, SECONDS)
    return kept
