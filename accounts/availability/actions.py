"""Every change of when people work and when they are away."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from accounts.events import ABSENCE_ENDED, ABSENCE_NOTED, WORK_WEEK_SET
from accounts.models import Absence, Person, WorkingHours, WorkWeek
from accounts.models.availability import arranges_for
from accounts.working_time import Shift
from core.errors import DomainError, NotPermitted
from core.timeline import record

MOST_NOTE = 200
MOST_CAPACITY = 1000


def _require(actor: Person | None, person: Person) -> None:
    if actor is not None and not arranges_for(actor, person):
        raise NotPermitted(f"Only {person.name} and who leads their team may arrange this.")


@transaction.atomic
def note_absence(
    person: Person,
    *,
    actor: Person | None,
    starts_at: datetime,
    ends_at: datetime,
    substitute: Person | None = None,
    reason: str = Absence.Reason.HOLIDAY,
    note: str = "",
) -> Absence:
    """Says that the person is away, and who sees their tickets meanwhile."""
    _require(actor, person)
    if ends_at <= starts_at:
        raise DomainError("The end comes after the beginning.", field="ends_at")
    if reason not in Absence.Reason.values:
        raise DomainError("Choose one of the list.", field="reason")
    if len(note.strip()) > MOST_NOTE:
        raise DomainError(f"At most {MOST_NOTE} characters.", field="note")
    _check_substitute(person, substitute)
    absence = Absence.objects.create(
        person=person,
        starts_at=starts_at,
        ends_at=ends_at,
        substitute=substitute,
        reason=reason,
        note=note.strip(),
        created_by=actor,
    )
    record(
        ABSENCE_NOTED,
        person,
        actor=actor,
        absence_id=absence.pk,
        substitute=substitute.name if substitute else "nobody",
        until=ends_at.date().isoformat(),
    )
    return absence


def _check_substitute(person: Person, substitute: Person | None) -> None:
    if substitute is None:
        return
    if substitute.pk == person.pk:
        raise DomainError(
            "Choose somebody else: nobody stands in for themselves.", field="substitute"
        )
    if not substitute.is_active or not substitute.is_staff_member:
        raise DomainError(f"{substitute.name} does not work on tickets.", field="substitute")


@transaction.atomic
def end_absence(absence: Absence, *, actor: Person | None, at: datetime) -> None:
    """The person is back (from now on), or will not be away after all."""
    fresh = (
        Absence.objects.select_for_update(of=("self",)).select_related("person").get(pk=absence.pk)
    )
    _require(actor, fresh.person)
    if fresh.ends_at <= at:
        raise DomainError("This absence is over.")
    if fresh.starts_at < at:
        fresh.ends_at = at
        fresh.save(update_fields=["ends_at"])
    else:
        fresh.delete()
    record(ABSENCE_ENDED, fresh.person, actor=actor)


@transaction.atomic
def set_work_week(
    person: Person,
    *,
    actor: Person | None,
    time_zone: str,
    hours: Sequence[Shift],
    capacity: int | None = None,
) -> WorkWeek:
    """Replaces the person's weekly hours; no hours mean at work around the clock."""
    _require(actor, person)
    _check_zone(time_zone)
    _check_hours(hours)
    if capacity is not None and not 0 < capacity <= MOST_CAPACITY:
        raise DomainError(f"A number from 1 to {MOST_CAPACITY}.", field="capacity")
    Person.objects.select_for_update().get(pk=person.pk)
    week, _ = WorkWeek.objects.update_or_create(
        person=person, defaults={"time_zone": time_zone, "capacity": capacity}
    )
    week.hours.all().delete()
    WorkingHours.objects.bulk_create(
        [
            WorkingHours(week=week, weekday=one.weekday, starts_at=one.starts, ends_at=one.ends)
            for one in hours
        ]
    )
    record(WORK_WEEK_SET, person, actor=actor)
    return week


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DomainError("There is no such time zone.", field="time_zone") from error


def _check_hours(hours: Sequence[Shift]) -> None:
    ordered = sorted(hours, key=lambda one: (one.weekday, one.starts))
    for one in ordered:
        if not 0 <= one.weekday <= 6 or one.starts >= one.ends:
            raise DomainError("Each stretch of work ends after it begins.", field="hours")
    for one, after in pairwise(ordered):
        if one.weekday == after.weekday and after.starts < one.ends:
            raise DomainError("Two stretches of one day overlap.", field="hours")
