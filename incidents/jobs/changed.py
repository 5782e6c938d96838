"""What people changed on a ticket after a job, in sentences: undoing leaves it as it is."""

from collections.abc import Iterable, Sequence

from core.errors import DomainError
from incidents.fieldwords import field_label, field_words, quoted
from incidents.models import FieldVersion, StatusInterval, Ticket


def changed_since(ticket: Ticket, since: int, fields: Iterable[str]) -> list[FieldVersion]:
    """Those of the fields that were changed after this version of the ticket."""
    return list(FieldVersion.objects.since(ticket, since).filter(field__in=list(fields)))


def stays(ticket: Ticket, kept: Sequence[FieldVersion]) -> list[str]:
    """A sentence a field: what it stays at, and who changed it."""
    return [_sentence(ticket, one) for one in kept]


def _sentence(ticket: Ticket, one: FieldVersion) -> str:
    who = one.person.name if one.person else "Upstream"
    label = field_label(one.field)
    words = quoted(field_words(ticket, one.field))
    return f"{label[0].upper()}{label[1:]} stays {words}: {who} changed it."


def all_stays(ticket: Ticket, kept: Sequence[FieldVersion]) -> list[str]:
    """Nothing goes back: no sentence when nothing had been changed, else a refusal with them."""
    if kept:
        raise DomainError(" ".join(stays(ticket, kept)))
    return []


def running_interval(ticket: Ticket) -> StatusInterval:
    """The stretch of time the ticket's present state has lasted so far."""
    rows = StatusInterval.objects.select_related("actor")
    return rows.get(ticket=ticket.pk, ended_at__isnull=True)


def state_stays(ticket: Ticket, now: StatusInterval) -> str:
    """Why its state does not go back."""
    who = now.actor.name if now.actor else "Upstream"
    return f"The state stays “{ticket.state_label}”: {who} changed it."
