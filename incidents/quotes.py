"""Finds the quoted mail in a message, so that pages show what is new first. Pure."""

import re
from typing import NamedTuple

# “On 3 Feb 2025 at 10:12, Lena <lena@x.example> wrote:” and “Am 03.02.2025 schrieb Lena:”, also in
# the order “Lena <…> schrieb am 3. Februar 2025:”. A date has a digit: “my bank wrote:” is no mail.
_ATTRIBUTION = re.compile(
    r"^(?:(?:On|Am)\b(?=.*\d).{4,250}\b(?:wrote|schrieb)\b.{0,150}:"
    r"|.{2,200}\b(?:wrote on|schrieb am)\b(?=.*\d).{4,120}:)\s*$"
)
_DIVIDER = re.compile(
    r"^\s*-{2,}\s*(?:Original Message|Original-?Nachricht|Urspr[üu]ngliche Nachricht)\s*-{2,}\s*$",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"^\s*[*_]{0,2}(From|Sent|Date|To|Cc|Subject|Von|Gesendet|Datum|An|Betreff)\s*:[*_]{0,2}\s*\S",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s*_{10,}\s*$")
_FIRST_HEADERS = frozenset({"from", "von"})
_HEADER_LINES = 6
_HEADERS_NEEDED = 3
_ATTRIBUTION_LINES = 3
# So many lines with “>” at an end are a mail; fewer are somebody quoting on purpose.
_FEWEST_MARKED = 4


class Split(NamedTuple):
    """A text in three parts that are the whole text together; `quoted` may be empty."""

    before: str
    quoted: str
    after: str


def split_quoted(text: str) -> Split:
    """Where the earlier mail stands in `text`: below the answer, or above it.

    Nothing is dropped, and words of the sender are never taken for quoted ones: a text that is all
    quotation, or answers between the quoted lines, stays as it is.
    """
    lines = text.splitlines(keepends=True)
    begin = _beginning(lines)
    if begin is None:
        return Split(text, "", "")
    end = _end(lines, begin)
    before, quoted, after = (
        "".join(part) for part in (lines[:begin], lines[begin:end], lines[end:])
    )
    if not (before + after).strip() or (before.strip() and after.strip()):
        return Split(text, "", "")
    return Split(before, quoted, after)


def _beginning(lines: list[str]) -> int | None:
    """The first line of the quoted mail."""
    for place, line in enumerate(lines):
        if _DIVIDER.match(line) or _is_header_block(lines, place):
            return _with_rule(lines, place)
        if _attribution(lines, place):
            return place
        if _is_marked(line) and _long_enough(lines, place):
            return place
    return None


def _with_rule(lines: list[str], place: int) -> int:
    """A rule of underscores right above belongs to the quoted mail."""
    above = place - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and _RULE.match(lines[above]) else place


def _is_header_block(lines: list[str], place: int) -> bool:
    first = _HEADER.match(lines[place])
    if first is None or first[1].lower() not in _FIRST_HEADERS:
        return False
    block = (_HEADER.match(line) for line in lines[place : place + _HEADER_LINES])
    return len({found[1].lower() for found in block if found}) >= _HEADERS_NEEDED


def _attribution(lines: list[str], place: int) -> int:
    """How many lines, from this one on, say who wrote what follows; 0 when they do not."""
    joined = ""
    for count, line in enumerate(lines[place : place + _ATTRIBUTION_LINES], start=1):
        if not line.strip():
            return 0
        joined = f"{joined} {line.strip()}".strip()
        if _ATTRIBUTION.match(joined):
            return count
    return 0


def _is_marked(line: str) -> bool:
    return line.lstrip().startswith(">")


def _marked_until(lines: list[str], place: int) -> int:
    """The end of the run of lines with “>”, blank ones between them included."""
    end = place
    for at, line in enumerate(lines[place:], start=place):
        if _is_marked(line):
            end = at + 1
        elif line.strip():
            break
    return end


def _long_enough(lines: list[str], place: int) -> bool:
    return sum(_is_marked(line) for line in lines[place : _marked_until(lines, place)]) >= (
        _FEWEST_MARKED
    )


def _end(lines: list[str], begin: int) -> int:
    """Marked lines end where the marks do; a mail quoted without marks goes on to the end."""
    start = begin + _attribution(lines, begin)
    while start < len(lines) and not lines[start].strip():
        start += 1
    if start < len(lines) and _is_marked(lines[start]):
        return _marked_until(lines, start)
    return len(lines)


def quoted(who: str, at: str, text: str) -> str:
    """A text as mail programs quote it, in the form that `split_quoted` finds again."""
    lines = [f"> {line}".rstrip() for line in text.strip().splitlines()]
    return "\n".join([f"On {at}, {who} wrote:", *lines])
