"""A text in pieces, some of them meant by a question, and its HTML."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; `hit` when the question means it."""

    text: str
    hit: bool = False


def plain(pieces: Iterable[Piece]) -> str:
    """The text itself."""
    return "".join(one.text for one in pieces)


def marked(pieces: Iterable[Piece]) -> SafeString:
    """The text with what is meant in <mark>; everything of it is escaped."""
    return mark_safe(  # noqa: S308 (each piece is escaped)
        "".join(
            f"<mark>{escape(one.text)}</mark>" if one.hit else escape(one.text) for one in pieces
        )
    )
