"""Which words of a text a question means, and the stretch of it around them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from core.marking import Piece
from incidents.searching.asking import Spelt, Wanted

BEFORE, AFTER = 70, 150
_SIGNS = re.compile(r"[\w@]")


class Marker:
    """Finds the words of one clause of a question in a text."""

    def __init__(self, wanted: Wanted) -> None:
        self.because = {word: one.because for one in wanted.spelt for word in _beginnings(one)}
        self.beginnings = [*self.because]

    @property
    def pattern(self) -> str:
        """The alternatives, for PostgreSQL and for Python; empty when it looks for no words."""
        # Longer ones first, so that all of a phrase is marked.
        return "|".join(sorted(self.beginnings, key=len, reverse=True))

    @cached_property
    def _words(self) -> re.Pattern[str] | None:
        return _compiled(self.pattern)

    def finds(self, text: str) -> str | None:
        """Why it matches: empty for the words themselves; None when nothing stands there."""
        found = self._words.search(text) if self._words else None
        if found is None:
            return None
        for beginning, because in self.because.items():
            if re.match(beginning, found[0], re.IGNORECASE):
                return because
        return ""


def _compiled(pattern: str) -> re.Pattern[str] | None:
    return re.compile(rf"(?<![^\W_])(?:{pattern})[^\W_]*", re.IGNORECASE) if pattern else None


def _beginnings(spelt: Spelt) -> Iterable[str]:
    """How words of these stems, and the text as it was typed, begin."""
    yield r"\W+".join(re.escape(word) for word in spelt.text.split())
    for stem in spelt.stems:
        if _SIGNS.match(stem):
            yield _unstemmed(stem)


def _unstemmed(stem: str) -> str:
    """What a word of this stem begins with: “categori” is “category”, “hope” is “hoping” too."""
    if len(stem) > 3 and stem.endswith("i"):
        return re.escape(stem[:-1]) + "[iy]"
    if len(stem) > 3 and stem.endswith("e"):
        return re.escape(stem[:-1]) + "(?:e|i)"
    return re.escape(stem)


def mark(text: str, markers: Sequence[Marker]) -> list[Piece]:
    """The whole text in pieces; joined together they are the text again."""
    words = _compiled("|".join(one.pattern for one in markers if one.pattern))
    pieces: list[Piece] = []
    at = 0
    for found in words.finditer(text) if words else ():
        if found.start() > at:
            pieces.append(Piece(text[at : found.start()]))
        pieces.append(Piece(found[0], hit=True))
        at = found.end()
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return pieces


def snippet(text: str, markers: Sequence[Marker]) -> list[Piece]:
    """A stretch of the text around the first word that is meant; empty when none stands there."""
    line = " ".join(text.split())
    words = _compiled("|".join(one.pattern for one in markers if one.pattern))
    found = words.search(line) if words else None
    if found is None:
        return []
    start, end = _at_words(line, found.start() - BEFORE, found.end() + AFTER)
    before, after = "…" if start else "", "…" if end < len(line) else ""
    return mark(f"{before}{line[start:end]}{after}", markers)


def _at_words(line: str, start: int, end: int) -> tuple[int, int]:
    """The stretch from word to word, so that none is cut in two."""
    if start <= 0:
        start = 0
    else:
        space = line.find(" ", start, start + 20)
        start = space + 1 if space >= 0 else start
    if end < len(line):
        space = line.rfind(" ", max(start, end - 20), end)
        end = space if space >= 0 else end
    return start, min(end, len(line))
