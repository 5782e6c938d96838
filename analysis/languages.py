"""Which language a text is written in, well enough to compare it with its own kind."""

import re
from collections.abc import Sequence

from analysis.stopwords import BY_LANGUAGE

OTHER = ""
MIN_FOREIGN_WORDS = 2
_WORD = re.compile(r"[^\W\d_]+")
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_UMLAUT = re.compile(r"[äöüß]", re.IGNORECASE)
_LANGUAGES_OF = {
    word: tuple(language for language, marks in BY_LANGUAGE.items() if word in marks)
    for word in frozenset[str]().union(*BY_LANGUAGE.values())
}


def language_of(text: str) -> str:
    """Return en, de, fr, es, pt, zh (any East Asian script) or ru (any Cyrillic); "" if unsure."""
    start = text[:600]
    plain = start.isascii()
    if not plain and len(_EAST_ASIAN.findall(start)) >= 3:
        return "zh"
    if not plain and len(_CYRILLIC.findall(start)) >= 5:
        return "ru"
    votes = dict.fromkeys(BY_LANGUAGE, 0)
    for word in _WORD.findall(start.casefold()):
        for language in _LANGUAGES_OF.get(word, ()):
            votes[language] += 1
    if not plain:
        votes["de"] += len(_UMLAUT.findall(start))
    ranked = sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))
    (language, most), (_, second) = ranked[:2]
    enough = most > second and (language == "en" or most >= MIN_FOREIGN_WORDS)
    return language if enough else OTHER


def foreign_groups(texts: Sequence[str], at_least: int) -> dict[str, list[int]]:
    """Return the rows of every language but English with at least that many texts."""
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        rows.setdefault(language_of(text), []).append(row)
    return {
        language: found
        for language, found in sorted(rows.items())
        if language not in (OTHER, "en") and len(found) >= at_least
    }
