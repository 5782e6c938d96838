"""Text on its way in and out: cleaned, shortened, without personal data, and full addresses."""

from collections.abc import Iterable, Mapping

from django.conf import settings

from analysis.redaction import redact

Json = dict[str, object]

LONGEST_TEXT = 2_000
LONGEST_ARGUMENT = 120
LONGEST_ARGUMENTS = 500


def clean(text: str) -> str:
    """The text without what a database cannot take: NUL, half characters, controls."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(letter for letter in whole if letter in "\n\t" or ord(letter) >= 32)


def shortened(text: str, longest: int = LONGEST_TEXT) -> str:
    """At most `longest` characters; what is cut off shows as an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def masked(text: str, names: Iterable[str] = ()) -> str:
    """The text of a ticket as it may leave the house: personal data masked, then shortened."""
    return shortened(redact(text, names))


def in_few_words(arguments: Mapping[str, object]) -> str:
    """What a tool was called with, fit for a line of the log."""
    said = (f"{clean(name)[:40]}={_one(value)}" for name, value in list(arguments.items())[:10])
    return shortened(", ".join(said), LONGEST_ARGUMENTS)


def _one(value: object) -> str:
    if isinstance(value, str):
        return f"“{shortened(' '.join(clean(value[:1000]).split()), LONGEST_ARGUMENT)}”"
    if value is None or isinstance(value, bool | float):
        return str(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else "a large number"
    return "a list" if isinstance(value, list) else "an object"


def address(path: str) -> str:
    """The full address of a page here."""
    return f"{settings.SITE_URL.rstrip('/')}{path}"
