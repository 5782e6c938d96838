"""Lists of trackers that have no end."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from devlink.connectors import paging
from devlink.connectors.base import ConnectorError


def test_a_list_that_goes_round_in_circles_ends() -> None:
    with pytest.raises(ConnectorError, match="no end") as raised:
        list(paging.every(lambda cursor, size: ([], "again")))
    assert not raised.value.permanent


def test_a_list_that_always_has_a_later_change_ends() -> None:
    asked = []

    def fetch_since(since: datetime | None) -> paging.Fetch[paging.Changed[int]]:
        def fetch(cursor: str, size: int) -> tuple[list[paging.Changed[int]], str]:
            asked.append(since)
            at = (since or datetime(2026, 1, 1, tzinfo=UTC)) + timedelta(seconds=1)
            return [paging.Changed(str(len(asked)), at, len(asked))], "more"

        return fetch

    with pytest.raises(ConnectorError, match="no end"):
        list(paging.oldest_change_first(fetch_since, None))
    assert len(asked) == paging.MOST_PAGES


def test_a_list_is_asked_for_only_as_far_as_it_is_read() -> None:
    asked = []

    def fetch(cursor: str, size: int) -> tuple[list[int], str]:
        asked.append(cursor)
        return [1, 2], "more"

    assert list(islice(paging.every(fetch), 3)) == [1, 2, 1]
    assert len(asked) == 2


def test_one_row_too_large_to_take_is_an_error() -> None:
    sizes = []

    def fetch(cursor: str, size: int) -> tuple[list[int], str]:
        sizes.append(size)
        raise paging.TooLarge("Too large.", permanent=False)

    with pytest.raises(paging.TooLarge):
        list(paging.every(fetch))
    assert sizes == [32, 16, 8, 4, 2, 1]
