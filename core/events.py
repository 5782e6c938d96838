"""The closed catalogue of facts: each app's `events.py` defines its own."""

from dataclasses import dataclass, field
from string import Formatter


@dataclass(frozen=True)
class EventKind:
    """A kind of fact.

    `sentence` is what the timeline says, with payload fields in braces ("resolved as {code}").
    `public` facts may be shown to a requester.
    """

    name: str
    sentence: str
    fields: frozenset[str] = field(default_factory=frozenset)
    public: bool = False


# What any fact may carry besides its own fields: the rule (or macro) that brought it about, as
# {"name": ..., "url": ..., "kind": ...}; a url makes its name a link.
COMMON_FIELDS = frozenset({"rule"})

CATALOGUE: dict[str, EventKind] = {}


def define(name: str, sentence: str, *fields: str, public: bool = False) -> EventKind:
    """Adds a kind to the catalogue, once; its sentence may use its own fields only."""
    if name in CATALOGUE:
        raise ValueError(f"event {name} is defined twice")
    used = {part for _, part, _, _ in Formatter().parse(sentence) if part}
    if used - set(fields):
        raise ValueError(f"event {name} says {sorted(used - set(fields))} but does not carry them")
    kind = EventKind(name, sentence, frozenset(fields), public)
    CATALOGUE[name] = kind
    return kind
