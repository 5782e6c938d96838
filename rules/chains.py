"""Which facts and rules led to a fact: what the loop guard and the trace read."""

from dataclasses import dataclass

from core.models import Event
from rules.events import RULE_APPLIED

# Rules one after the other in one chain; more is a mistake in the rules.
MOST_DEPTH = 5
_MOST_LINKS = 40


@dataclass(frozen=True)
class Chain:
    """The first fact of a chain, and the rules that ran since, the latest first."""

    origin: Event
    rules: tuple[int, ...]

    @property
    def depth(self) -> int:
        return len(self.rules)

    def holds(self, rule_id: int) -> bool:
        """True when this rule ran in the chain already."""
        return rule_id in self.rules


def chain_of(event: Event) -> Chain:
    """The chain that ends in `event`; one query for each fact in it."""
    rules: list[int] = []
    for _ in range(_MOST_LINKS):
        if event.cause_id is None:
            break
        event = Event.objects.get(pk=event.cause_id)
        if event.name == RULE_APPLIED.name:
            rules.append(event.payload["rule_id"])
    return Chain(origin=event, rules=tuple(rules))
