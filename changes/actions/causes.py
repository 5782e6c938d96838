"""Whether a change caused an incident: suggested by the system, decided by people."""

from django.db import transaction

from accounts.models import Person
from changes import events
from changes.models import CausedIncident, Change
from changes.permissions import require
from core.timeline import record
from incidents.models import Ticket

_EVENTS = {
    CausedIncident.Verdict.SUGGESTED: events.INCIDENT_SUSPECTED,
    CausedIncident.Verdict.CONFIRMED: events.INCIDENT_CONFIRMED,
    CausedIncident.Verdict.REJECTED: events.INCIDENT_CLEARED,
}


def suspect_cause(
    change: Change, *, actor: Person | None, ticket: Ticket, score: float | None = None
) -> CausedIncident:
    """Notes a suspicion; a verdict given before stays."""
    return _judge(change, actor, ticket, CausedIncident.Verdict.SUGGESTED, score)


def confirm_cause(change: Change, *, actor: Person, ticket: Ticket) -> CausedIncident:
    """Yes: this change caused this incident."""
    return _judge(change, actor, ticket, CausedIncident.Verdict.CONFIRMED, None)


def clear_cause(change: Change, *, actor: Person, ticket: Ticket) -> CausedIncident:
    """No: this change did not cause it."""
    return _judge(change, actor, ticket, CausedIncident.Verdict.REJECTED, None)


@transaction.atomic
def _judge(
    change: Change, actor: Person | None, ticket: Ticket, verdict: str, score: float | None
) -> CausedIncident:
    require(actor, "judge_cause", change)
    Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    link, added = CausedIncident.objects.get_or_create(
        change=change,
        ticket=ticket,
        defaults={"verdict": verdict, "person": actor, "score": score},
    )
    only_a_guess = verdict == CausedIncident.Verdict.SUGGESTED
    if not added and (only_a_guess or link.verdict == verdict):
        return link
    if not added:
        link.verdict, link.person = verdict, actor
        link.save(update_fields=["verdict", "person"])
    record(
        _EVENTS[CausedIncident.Verdict(verdict)],
        change,
        actor=actor,
        ticket_id=ticket.pk,
        reference=ticket.reference,
    )
    return link
