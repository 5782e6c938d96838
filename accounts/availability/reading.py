"""Who is at work, who is away, and who stands in for whom."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from accounts.models import Absence, Person, WorkWeek
from accounts.working_time import LONGEST_LOOK_BACK, Schedule, Shift, Span


def schedules(people: Iterable[int], at: datetime) -> dict[int, Schedule]:
    """The schedules of these people by number, with the absences that touch the time up to `at`.

    Three statements however many people.
    """
    numbers = list(people)
    away: dict[int, list[Span]] = defaultdict(list)
    absences = Absence.objects.filter(
        person_id__in=numbers, starts_at__lte=at, ends_at__gt=at - LONGEST_LOOK_BACK
    )
    for one in absences:
        away[one.person_id].append((one.starts_at, one.ends_at))
    weeks = WorkWeek.objects.filter(person_id__in=numbers).prefetch_related("hours")
    by_person = {week.person_id: week for week in weeks}
    return {number: _schedule(by_person.get(number), away[number]) for number in numbers}


def _schedule(week: WorkWeek | None, away: list[Span]) -> Schedule:
    if week is None:
        return Schedule(away=away)
    shifts = [Shift(one.weekday, one.starts_at, one.ends_at) for one in week.hours.all()]
    return Schedule(ZoneInfo(week.time_zone), shifts, away)


def capacities(people: Iterable[int]) -> dict[int, int]:
    """Personal limits by number, of those who have one."""
    weeks = WorkWeek.objects.filter(person_id__in=list(people), capacity__isnull=False)
    return {one.person_id: one.capacity for one in weeks if one.capacity is not None}


def substitutes_of(person: Person, at: datetime) -> list[Person]:
    """Who stands in for this person now; nobody while they are here."""
    absences = Absence.objects.at(at).filter(person=person, substitute__is_active=True)
    return [one.substitute for one in absences.select_related("substitute") if one.substitute]


def stood_in_for(substitute: Person, at: datetime) -> list[Absence]:
    """The absences this person covers now, the one that ends first in front."""
    absences = Absence.objects.at(at).filter(substitute=substitute)
    return list(absences.select_related("person").order_by("ends_at", "id"))
