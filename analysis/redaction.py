"""Mask personal data in text that leaves the ticket, such as an excerpt in an evidence pack."""

import re
from collections.abc import Iterable

_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_MAILTO = re.compile(r"<?mailto:[^>\s]*>?", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\w./:-])(?:\+|00)\d{1,3}(?:[\s./()-]*\d){6,13}(?!\w)"
    r"|(?<![\w./:-])\(?0\d{1,5}\)?[\s./-]+\d(?:[\s./-]?\d){4,11}(?![\w:])"
    r"|(?<![\w./:-])\(\d{3}\)\s*\d{3}[\s.-]\d{4}(?!\w)"
    r"|(?<![\w./:-])\d{3}[\s.-]\d{3}[\s.-]\d{4}(?!\w)"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"\b(?:\d[ -]?){13,19}\b")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_CREDENTIAL = re.compile(
    r"\b(password|passwort|passwd|pwd|pin|token|api[ _-]?key|secret)\b(\s*(?:is|ist|=|:)\s*)(\S+)",
    re.IGNORECASE,
)
_SALUTATION = re.compile(
    r"(?im)^(\s*(?:hi|hello|dear|hallo|liebe[rs]?|sehr geehrte[rs]?)"
    r"\s+(?:(?:mr|mrs|ms|herr|frau)\.?"
    r"\s+)?)(?!all\b|team\b|there\b|everyone\b|support\b|sir\b|madam\b|zusammen\b)"
    r"([^\W\d_][\w'-]+(?:\s+[^\W\d_][\w'-]+)?)(?=\s*[,!:])"
)
MIN_NAME_PART = 3
"""Shorter parts of a name ("Li", "Jo") are masked only as part of the full name."""


def _passes_luhn(number: str) -> bool:
    digits = [int(letter) for letter in number if letter.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _mask_card(match: re.Match[str]) -> str:
    return "[card number] " if _passes_luhn(match.group()) else match.group()


def _name_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    wanted: set[str] = set()
    for name in names:
        whole = " ".join(name.split())
        parts = whole.replace(",", " ").split()
        wanted.add(whole)
        if len(parts) > 1:
            wanted.add(" ".join(reversed(parts)))
        wanted.update(part for part in parts if len(part) >= MIN_NAME_PART)
    wanted.discard("")
    if not wanted:
        return None
    longest_first = sorted(wanted, key=lambda name: (-len(name), name))
    choices = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in longest_first)
    return re.compile(rf"(?<!\w)(?:{choices})(?:['’]s)?(?!\w)", re.IGNORECASE)


def redact(text: str, names: Iterable[str] = ()) -> str:
    """Return the text with mail addresses, telephone and account numbers and names masked.

    `names` are the people known to be involved; full names, reversed names and their parts of
    three letters or more are masked in any case. Unknown names are found only in a salutation.
    """
    text = _MAILTO.sub("", text)
    text = _EMAIL.sub("[email]", text)
    text = _IBAN.sub("[account number]", text)
    text = _CARD.sub(_mask_card, text)
    text = _CREDENTIAL.sub(r"\1\2[secret]", text)
    text = _ADDRESS.sub("[address]", text)
    text = _PHONE.sub("[phone]", text)
    pattern = _name_pattern(names)
    if pattern is not None:
        text = pattern.sub("[name]", text)
    return _SALUTATION.sub(r"\1[name]", text)
