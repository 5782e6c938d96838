"""The closed catalogue of facts: each app's `events.py` defines its own."""

from dataclasses import dataclass, field
from string import Formatter


@dataclass(frozen=True)
class EventKind:
    """A kind of fact.

    `sentence` is what the timeline says, with payload fields in braces ("resolved as {code}").
    `public` facts may be shown to a requester. `opens` names the page behind the fact:
    the address' name, the payload field with the record's number, and the link's words.
    """

    name: str
    sentence: str
    fields: frozenset[str] = field(default_factory=frozenset)
    public: bool = False
    opens: tuple[str, str, str] | None = None


CATALOGUE: dict[str, EventKind] = {}


def define(
    name: str,
    sentence: str,
    *fields: str,
    public: bool = False,
    opens: tuple[str, str, str] | None = None,
) -> EventKind:
    """Adds a kind to the catalogue, once; its sentence may use its own fields only."""
    if name in CATALOGUE:
        raise ValueError(f"event {name} is defined twice")
    used = {part for _, part, _, _ in Formatter().parse(sentence) if part}
    if used - set(fields):
        raise ValueError(f"event {name} says {sorted(used - set(fields))} but does not carry them")
    kind = EventKind(name, sentence, frozenset(fields), public, opens)
    CATALOGUE[name] = kind
    return kind
