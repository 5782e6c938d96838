"""Where the searched words stand in a text, for the line below a hit. Pure."""

import re

AROUND = 70
_WORD = re.compile(r"\w+")
_STEM = 4


def _stems(query: str) -> list[str]:
    """The words looked for, cut so that “refunds” marks “refund”; excluded ones left out."""
    wanted = re.sub(r"(?:^|\s)-\S+", " ", query)
    return [word.casefold()[: max(_STEM, len(word) - 2)] for word in _WORD.findall(wanted)]


def snippet(text: str, query: str) -> str:
    """A stretch of `text` around the first word of `query`; empty when none stands in it."""
    lowered = text.casefold()
    found = [lowered.find(stem) for stem in _stems(query)]
    places = [place for place in found if place >= 0]
    if not places:
        return ""
    start = max(0, min(places) - AROUND)
    end = min(len(text), min(places) + 2 * AROUND)
    words = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{words}{'…' if end < len(text) else ''}"


def reason(title: str, text: str, query: str) -> tuple[str, str]:
    """(where it matched, snippet): in the title, in the text, or else in the conversation."""
    in_text = snippet(text, query)
    if snippet(title, query):
        return "title", in_text
    return ("description", in_text) if in_text else ("conversation", "")
