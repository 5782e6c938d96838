"""Keyset pages."""

import pytest

from accounts.models import Organisation
from core.pages import BadCursor, keyset_page


@pytest.fixture
def rows(db: None) -> list[Organisation]:
    names = ["b", "a", "c", "a2", "d"]
    return [Organisation.objects.create(name=name, domain=name[0]) for name in names]


def _walk(order: tuple[str, ...]) -> list[str]:
    names: list[str] = []
    cursor = None
    while True:
        page = keyset_page(Organisation.objects.all(), order=order, cursor=cursor, size=2)
        names += [row.name for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            return names


def test_pages_cover_every_row_once_in_order(rows: list[Organisation]) -> None:
    assert _walk(("domain", "-id")) == ["a2", "a", "b", "c", "d"]
    assert _walk(("-id",)) == ["d", "a2", "c", "a", "b"]


def test_the_way_back_shows_the_same_rows(rows: list[Organisation]) -> None:
    first = keyset_page(Organisation.objects.all(), order=("-id",), cursor=None, size=2)
    second = keyset_page(
        Organisation.objects.all(), order=("-id",), cursor=first.next_cursor, size=2
    )
    back = keyset_page(
        Organisation.objects.all(), order=("-id",), cursor=second.previous_cursor, size=2
    )
    assert back.rows == first.rows
    assert back.previous_cursor is None
    assert first.previous_cursor is None


@pytest.mark.parametrize("cursor", [">forged", "<", ">WyJ4Il0:1:2", "nonsense"])
def test_a_forged_address_is_refused(rows: list[Organisation], cursor: str) -> None:
    with pytest.raises(BadCursor):
        keyset_page(Organisation.objects.all(), order=("-id",), cursor=cursor)
