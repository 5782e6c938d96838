"""What something rests on, as a link."""

from dataclasses import dataclass

from django.urls import reverse

from core.references import PREFIXES, parse_reference

# Records of this app and those below; other references are shown without a link.
_PAGES = {
    PREFIXES["incident"]: "incidents:ticket",
    PREFIXES["service_request"]: "incidents:ticket",
    PREFIXES["problem"]: "problems:problem",
    PREFIXES["article"]: "knowledge:article",
}
MOST_SHOWN = 60


@dataclass(frozen=True)
class Link:
    """Words, and where they lead; without an address they lead nowhere."""

    text: str
    url: str = ""

    @property
    def is_outside(self) -> bool:
        """True for an address of another site."""
        return self.url.startswith("http")


def link_of(evidence: str) -> Link | None:
    """A web address, a path or a reference as a link; None when there is none."""
    if not evidence:
        return None
    named = parse_reference(evidence)
    if named:
        page = _PAGES.get(named[0])
        return Link(evidence, reverse(page, args=[named[1]]) if page else "")
    short = evidence.split("://", 1)[-1]
    shown = short if len(short) <= MOST_SHOWN else f"{short[: MOST_SHOWN - 1]}…"
    return Link(shown, evidence)
