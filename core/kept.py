"""Numbers of the rail, counted again after some seconds by each process for itself."""

from collections.abc import Callable

from django.core.cache import caches

SECONDS = 15


def kept_count(key: str, count: Callable[[], int]) -> int:
    """What `count` said a quarter of a minute ago at most.

    The key names whoever the number depends on.
    """
    cache = caches["process"]
    kept: int | None = cache.get(key)
    if kept is None:
        kept = count()
        cache.set(key, kept, SECONDS)
    return kept
