"""Time people note themselves."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from core.timeline import record
from incidents.actions._keeping import words
from incidents.events import TIME_NOTED, TIME_REMOVED
from incidents.models import Ticket, TimeEntry
from incidents.permissions import require

LONGEST = 1440
OLDEST = timedelta(days=366)


@transaction.atomic
def note_time(
    ticket: Ticket,
    *,
    actor: Person,
    minutes: int,
    spent_on: date | None = None,
    what: str = "",
) -> TimeEntry:
    """Notes minutes the person spent on the ticket on a day of the past year."""
    require(actor, "note_time", ticket)
    if not 0 < minutes <= LONGEST:
        raise DomainError("From 1 minute to 24 hours.", field="minutes")
    today = timezone.localdate()
    spent_on = spent_on or today
    if not today - OLDEST <= spent_on <= today:
        raise DomainError("A day of the past year, at the latest today.", field="spent_on")
    entry = TimeEntry.objects.create(
        ticket=ticket,
        person=actor,
        minutes=minutes,
        spent_on=spent_on,
        what=words(what, "what", most=200),
    )
    said = f": {entry.what}" if entry.what else ""
    record(TIME_NOTED, ticket, actor=actor, minutes=minutes, what=said, day=spent_on.isoformat())
    return entry


@transaction.atomic
def remove_time(entry: TimeEntry, *, actor: Person) -> None:
    """Takes away an entry of one's own; the timeline keeps that it was there."""
    require(actor, "note_time", entry.ticket)
    if entry.person_id != actor.pk:
        raise NotPermitted("Only the person who noted the time may take it away.")
    gone, _ = TimeEntry.objects.filter(pk=entry.pk).delete()
    if gone:
        record(
            TIME_REMOVED,
            entry.ticket,
            actor=actor,
            minutes=entry.minutes,
            day=entry.spent_on.isoformat(),
        )
