"""What a cluster is about: a few words that set it apart and a readable title."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log, sqrt

from analysis.keys import message_template
from analysis.stopwords import STOP_WORDS
from analysis.text import clean, excerpt, mask_volatile, without_mail_noise

MAX_TITLE = 80
_LABEL_WORDS = 60
_WORD = re.compile(r"[^\W\d_][\w]*(?:[-_.'/][\w]+)*|\d+[a-z]\w*", re.IGNORECASE)
_EMPTY_TITLE = re.compile(r"^\W*(?:re|fw|fwd|aw|wg)?\W*$", re.IGNORECASE)
_REPLY = re.compile(r"^(?:\s*(?:re|fw|fwd|aw|wg|tr|rv)\s*:\s*)+", re.IGNORECASE)


def _words(text: str) -> list[str]:
    """Return lower-case words with stop words as "" so that phrases do not bridge them."""
    found = [match.group().casefold() for match in _WORD.finditer(text)][:_LABEL_WORDS]
    return ["" if word in STOP_WORDS or len(word) < 2 else word for word in found]


def phrases(text: str) -> set[str]:
    """Return the single words, pairs and triples of neighbouring words of a text."""
    words = _words(text)
    found = {word for word in words if word}
    pairs = list(pairwise(words))
    found.update(f"{a} {b}" for a, b in pairs if a and b and a != b)
    triples = zip(words, words[1:], words[2:], strict=False)
    found.update(f"{a} {b} {c}" for a, b, c in triples if a and b and c and a != c)
    return found


def _overlap(phrase: str, chosen: Sequence[str]) -> bool:
    words = set(phrase.split())
    return any(words & set(other.split()) for other in chosen)


def _score(phrase: str, share: float, inside: int, overall: int, count: int) -> float:
    """Class-based TF-IDF, longer phrases preferred while nearly as frequent as their words."""
    length = phrase.count(" ") + 1
    rarity = log(1 + count / overall)
    purity = sqrt(sqrt(inside / overall))
    return share * rarity * purity * (1.0, 1.45, 1.6)[length - 1]


def class_terms(
    texts: Sequence[str], labels: Sequence[int], *, wanted: int = 5
) -> Mapping[int, tuple[str, ...]]:
    """Return for each label the phrases (of 1 to 3 words) that set its texts apart.

    A text counts a phrase once, so that one long mail cannot speak for the cluster. Labels below
    zero are counted as background only.
    """
    members: dict[int, list[int]] = {}
    for at, label in enumerate(labels):
        members.setdefault(label, []).append(at)
    overall: Counter[str] = Counter()
    inside: dict[int, Counter[str]] = {}
    for label, rows in members.items():
        counts: Counter[str] = Counter()
        for row in rows:
            counts.update(phrases(texts[row]))
        if label >= 0:
            least = 1 if len(rows) == 1 else 2
            inside[label] = Counter({p: n for p, n in counts.items() if n >= least})
        overall.update(counts)
    return {
        label: _best(counts, len(members[label]), overall, len(texts), wanted)
        for label, counts in inside.items()
    }


def _best(
    counts: Counter[str], size: int, overall: Counter[str], total: int, wanted: int
) -> tuple[str, ...]:
    ranked = sorted(
        counts,
        key=lambda phrase: (
            -_score(phrase, counts[phrase] / size, counts[phrase], overall[phrase], total),
            phrase,
        ),
    )
    chosen: list[str] = []
    for phrase in ranked[: 40 * wanted]:
        if not _overlap(phrase, chosen):
            chosen.append(phrase)
        if len(chosen) == wanted:
            break
    return tuple(chosen)


def readable_title(title: str, text: str = "") -> str:
    """Return a ticket's title as the name of a cluster: no stamp, no "Re:", at most 80 letters."""
    shown = " ".join(mask_volatile(_REPLY.sub("", title)).split()).strip(" -–:;,.|")
    shown = re.sub(r"\s+(?:at|on|since|from|am|um)$", "", shown)
    if _EMPTY_TITLE.match(shown):
        shown = " ".join(clean(without_mail_noise(text)).split())
    shown = excerpt(shown, MAX_TITLE)
    return shown[:1].upper() + shown[1:] if shown.islower() else shown


def common_template(titles: Sequence[str]) -> str | None:
    """Return the message template all titles share, or None when they are written freely."""
    found = {message_template(title) for title in titles}
    return found.pop() if len(found) == 1 else None
