"""Telling that a target is near or over, and doing what its policy says then."""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction

from catalogue.models import PolicyVersion
from core.errors import DomainError
from core.timeline import record
from incidents.actions._clocks import alert_at
from incidents.actions._keeping import locked
from incidents.actions.assigning import assign_ticket
from incidents.actions.editing import edit_ticket
from incidents.events import TICKET_TARGET_BREACHED, TICKET_TARGET_WARNED
from incidents.models import Ticket, TicketClock

logger = logging.getLogger(__name__)
_VERSION = ("policy_version__policy", "policy_version__warn_team", "policy_version__breach_team")


@transaction.atomic
def tell_of_target(ticket: Ticket, clock_id: int, *, now: datetime) -> bool:
    """Records the warning or the breach of one clock and takes its policy's actions.

    Each is told once a ticket, target and policy version, however often and by however many this
    is called; False when nothing was to be told.
    """
    # The ticket first, as every step does: two that change it wait for each other.
    ticket = locked(ticket)
    clock = (
        TicketClock.objects.select_for_update(of=("self",))
        .select_related(*_VERSION)
        .filter(pk=clock_id, ticket=ticket, alert_at__lte=now)
        .first()
    )
    if clock is None:
        return False
    over = clock.due_at is not None and clock.due_at <= now
    version = clock.policy_version
    clock.warned_for = version.pk
    if over:
        clock.breached_for = version.pk
    clock.alert_at = alert_at(clock)
    clock.save(update_fields=["warned_for", "breached_for", "alert_at"])
    _record(ticket, clock, version, over=over)
    if clock.is_going:
        try:
            with transaction.atomic():
                _act(ticket, version, over=over)
        except DomainError as refused:
            # What was told stays told; an action that is not possible holds up nobody else.
            logger.warning("clocks.action_refused", extra={"ticket": ticket.pk}, exc_info=refused)
    return True


def _record(ticket: Ticket, clock: TicketClock, version: PolicyVersion, *, over: bool) -> None:
    said: dict[str, Any] = {
        "target": clock.target,
        "target_label": label_of(clock),
        "due_at": clock.due_at.isoformat() if clock.due_at else "",
        "clock_id": clock.pk,
        "policy_version_id": version.pk,
    }
    if over:
        # Whoever let it pass and ended it meanwhile needs no notice any more.
        notify = version.breach_notify and clock.is_going
        record(TICKET_TARGET_BREACHED, ticket, actor=None, notify=notify, **said)
    else:
        record(
            TICKET_TARGET_WARNED,
            ticket,
            actor=None,
            notify=version.warn_notify,
            percent=version.warn_percent,
            **said,
        )


def label_of(clock: TicketClock) -> str:
    """The target in a sentence; the time with a team names the team."""
    label = clock.get_target_display().lower()
    return f"{label} ({clock.team})" if clock.team else label


def _act(ticket: Ticket, version: PolicyVersion, *, over: bool) -> None:
    """Raises the priority and hands it to a team, where the policy says so."""
    more = version.breach_raise if over else version.warn_raise
    team = version.breach_team if over else version.warn_team
    if more and ticket.priority > 1:
        ticket = edit_ticket(
            ticket, actor=None, version=ticket.version, priority=ticket.priority - 1
        )
    if team is not None and team.pk != ticket.team_id:
        assign_ticket(ticket, actor=None, team=team)
