"""What the demo's desk has arranged for its searches."""

from __future__ import annotations

from datetime import datetime

from incidents.actions import add_stop_words, add_synonyms

_ALIKE = (
    "laptop, notebook",
    "login, logon, sign-in",
    "slow, sluggish, takes ages",
    "invoice, bill",
    "mobile, smartphone, cell phone",
)
_LEFT_OUT = "please, hello, hi, dear, thanks, regards, urgent"


def load_search_words(now: datetime) -> None:
    """Words that mean the same, and words that say too little."""
    for words in _ALIKE:
        add_synonyms(actor=None, words=words, at=now)
    add_stop_words(actor=None, words=_LEFT_OUT, at=now)
