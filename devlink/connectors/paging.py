"""Lists page by page, in pages that fit and without losing what changes meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Generic, TypeVar

from devlink.connectors.base import ConnectorError
from devlink.connectors.http import Refusal, TooLarge

Row = TypeVar("Row")

FIRST_SIZE = 32
"""A power of two, so that a smaller page begins where the larger one would have."""
MOST_PAGES = 10_000

Fetch = Callable[[str, int], tuple[Sequence[Row], str]]
"""From a cursor ("" is the beginning) and a size: the rows, and the next cursor or ""."""


def pages(fetch: Fetch[Row]) -> Iterator[tuple[Sequence[Row], bool]]:
    """Each page, and whether another follows; one too large to take is asked for in parts."""
    cursor, size = "", FIRST_SIZE
    for _ in range(MOST_PAGES):
        try:
            rows, following = fetch(cursor, size)
        except TooLarge:
            if size == 1:
                raise
            size //= 2
            continue
        yield rows, bool(following)
        if not following:
            return
        cursor = following
    raise _endless()


def _endless() -> ConnectorError:
    return ConnectorError("The tracker's list has no end.", permanent=False)


def every(fetch: Fetch[Row]) -> Iterator[Row]:
    """Every row of all pages."""
    for rows, _ in pages(fetch):
        yield from rows


def numbered(fetch_page: Callable[[int, int], tuple[Sequence[Row], bool]]) -> Fetch[Row]:
    """A fetch for a tracker that counts its pages: from page and size, rows and whether more."""

    def fetch(cursor: str, size: int) -> tuple[Sequence[Row], str]:
        offset = int(cursor or 0)
        rows, more = fetch_page(offset // size + 1, size)
        return rows, str(offset + size) if more else ""

    return fetch


def permitted(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows, or none where the token may not read such a list, as `check` says."""
    try:
        yield from rows
    except Refusal as refusal:
        if refusal.status != HTTPStatus.FORBIDDEN:
            raise


@dataclass(frozen=True)
class Changed(Generic[Row]):
    """A row of a list in the order of change; `value` is None for one that is none of ours."""

    key: str
    at: datetime | None
    value: Row | None


def oldest_change_first(
    fetch_since: Callable[[datetime | None], Fetch[Changed[Row]]],
    since: datetime | None,
    *,
    step: timedelta = timedelta(0),
) -> Iterator[Row]:
    """Every row changed since then, oldest change first.

    What changes while it is read moves to the end of such a list, and what stood behind it moves
    up by one, over the edge of a page. So each page is asked for by the last instant seen, and
    only when nothing else helps, within one instant or `step`, by its place.
    """
    seen: set[tuple[str, datetime | None]] = set()
    for _ in range(MOST_PAGES):
        for rows, more in pages(fetch_since(since)):
            for row in rows:
                if (row.key, row.at) not in seen:
                    seen.add((row.key, row.at))
                    if row.value is not None:
                        yield row.value
            if not more:
                return
            newest = max((row.at for row in rows if row.at is not None), default=None)
            if newest is not None and (since is None or newest > since + step):
                since = newest
                break
    raise _endless()
