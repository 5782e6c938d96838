"""What a policy's new version would change for open tickets, before it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Person
from catalogue.models import PolicyTarget, PolicyVersion
from incidents.agreements import (
    agreement_for,
    compile_policy,
    newest_calendars,
    policies_now,
)
from incidents.clocks.history import Clock, clocks_of, next_due
from incidents.clocks.policies import CompiledPolicy
from incidents.histories import read_histories
from incidents.models import Ticket

# More open tickets than this are sampled: the newest.
MOST_READ = 2_000


@dataclass
class Preview:
    """Of `read` open tickets (of `total`), how many get another nearest deadline."""

    total: int = 0
    read: int = 0
    nearer: int = 0
    later: int = 0
    without: int = 0
    over: int = 0

    @property
    def changed(self) -> int:
        """Tickets whose nearest deadline would be another one, or none any more."""
        return self.nearer + self.later + self.without


def preview_version(
    person: Person, version: PolicyVersion, targets: Sequence[PolicyTarget], now: datetime
) -> Preview:
    """Reckons open tickets the person may see by the policies now and with this version."""
    before = policies_now()
    draft = compile_policy(version, targets, newest_calendars())
    after = [one for one in before if _scope(one) != _scope(draft)]
    if draft.rows:
        after.append(draft)
    visible = Ticket.objects.visible_to(person).open()
    tickets = list(visible.order_by("-pk")[:MOST_READ])
    histories = read_histories(tickets)
    found = Preview(total=visible.count(), read=len(tickets))
    for ticket in tickets:
        one = agreement_for(ticket, before)
        other = agreement_for(ticket, after)
        old = clocks_of(histories[ticket.pk], one) if one else []
        new = clocks_of(histories[ticket.pk], other) if other else []
        _count(found, old, new, now)
    return found


def _scope(policy: CompiledPolicy) -> tuple[int | None, int | None]:
    return policy.service, policy.organisation


def _count(found: Preview, old: list[Clock], new: list[Clock], now: datetime) -> None:
    before, after = next_due(old), next_due(new)
    if before == after:
        return
    if after is None:
        found.without += 1
    elif before is None or after < before:
        found.nearer += 1
    else:
        found.later += 1
    if after is not None and after <= now and (before is None or before > now):
        found.over += 1
