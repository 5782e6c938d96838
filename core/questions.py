"""What somebody typed into a search box, taken apart: words, phrases, exclusions, alternatives.

Pure: any text whatever comes back as a question, with a sentence for the person where something
of it was passed over.
"""

import re
import unicodedata
from dataclasses import dataclass

MOST_CHARACTERS = 400
MOST_TERMS = 16
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "＂": '"'})
# A reference may be written with a space or a sign between its letters and its number.
_SPREAD = re.compile(r"\b(INC|REQ|PRB|KE|CHG|KB)[\s#_]+(?=\d)", re.IGNORECASE)
_PIECE = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]+)')
_ENDS = ".,;:!?()[]{}<>*'`’‘&|\\"


@dataclass(frozen=True)
class Term:
    """One word, or with `quoted` words that stand together in this order."""

    text: str
    quoted: bool = False

    def __str__(self) -> str:
        return f'"{self.text}"' if self.quoted else self.text


@dataclass(frozen=True)
class Asked:
    """Every clause must be met by one of its terms, and no excluded term may stand there.

    `note` is a sentence about what was passed over.
    """

    clauses: tuple[tuple[Term, ...], ...] = ()
    excluded: tuple[Term, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        """The question as one would type it."""
        wanted = [" OR ".join(map(str, clause)) for clause in self.clauses]
        return " ".join([*wanted, *(f"-{term}" for term in self.excluded)])

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every wanted term, in the order typed."""
        return tuple(term for clause in self.clauses for term in clause)


def clean(text: str) -> str:
    """The text on one line, without controls and characters that only change its look."""
    plain = "".join(
        " " if unicodedata.category(letter)[0] in "CZ" else letter
        for letter in text[: 4 * MOST_CHARACTERS]
    )
    return " ".join(unicodedata.normalize("NFC", plain).split())


def parse(text: str) -> Asked:
    """The question of a text. Never fails; nothing to search for gives no clauses."""
    line = clean(text)
    note = ""
    if len(line) > MOST_CHARACTERS or len(text) > 4 * MOST_CHARACTERS:
        line = line[:MOST_CHARACTERS].rsplit(" ", 1)[0]
        note = f"Only the first {MOST_CHARACTERS} characters were searched for."
    clauses: list[list[Term]] = []
    excluded: list[Term] = []
    joins = False
    for minus, term in _pieces(_SPREAD.sub(r"\1-", line.translate(_QUOTES))):
        if term is None:
            joins = bool(clauses)
        elif minus:
            excluded.append(term)
        elif joins:
            clauses[-1].append(term)
            joins = False
        else:
            clauses.append([term])
    if sum(map(len, clauses)) + len(excluded) > MOST_TERMS:
        clauses, excluded = clauses[:MOST_TERMS], excluded[:MOST_TERMS]
        note = f"Only the first {MOST_TERMS} words were searched for."
    if excluded and not clauses:
        note = "Add a word to look for: a minus only takes away."
    return Asked(tuple(tuple(one[:MOST_TERMS]) for one in clauses), tuple(excluded), note)


def _pieces(line: str) -> list[tuple[bool, Term | None]]:
    """(taken away?, term) of each piece; None stands for OR."""
    found: list[tuple[bool, Term | None]] = []
    for piece in _PIECE.finditer(line):
        word = piece["word"]
        if word in {"OR", "|"}:
            found.append((False, None))
            continue
        minus = bool(piece["minus"]) if word is None else word.startswith("-")
        term = _term(piece["phrase"], quoted=True) if word is None else _term(word, quoted=False)
        if term is not None:
            found.append((minus, term))
    return found


def _term(text: str, *, quoted: bool) -> Term | None:
    """The term without signs at its ends; None when nothing is left to look for."""
    text = text.strip() if quoted else text.lstrip("-+").strip(_ENDS)
    if not any(letter.isalnum() for letter in text):
        return None
    return Term(text, quoted)
