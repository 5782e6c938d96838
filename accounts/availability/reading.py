"""Who is at work, who is away, and who stands in for whom."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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


Away = Mapping[int, Sequence[Absence]]


def absences_now(at: datetime) -> Away:
    """Every absence that holds, by the number of who is away; one statement."""
    found: dict[int, list[Absence]] = defaultdict(list)
    holding = Absence.objects.at(at).select_related("person", "substitute")
    for one in holding.order_by("ends_at", "id"):
        found[one.person_id].append(one)
    return found


def substitutes_of(person: Person, at: datetime) -> list[Person]:
    """Who stands in for this person now; nobody while they are here.

    Who stands in and is away as well is followed to their own substitute, and so on to those who
    are here. Nobody is left where the way leads round in a circle, or to somebody who names nobody.
    """
    return _end_of_chain(person.pk, absences_now(at))


def is_left_to_the_team(person: Person, at: datetime) -> bool:
    """True when this person is away and named somebody, but nobody who is here stands in."""
    return person.pk in left_to_the_team(absences_now(at))


def left_to_the_team(away: Away) -> dict[int, Absence]:
    """Those who are away and named somebody, but for whom nobody who is here stands in."""
    return {
        number: absences[0]
        for number, absences in away.items()
        if any(one.substitute_id for one in absences) and not _end_of_chain(number, away)
    }


def stood_in_for(substitute: Person, away: Away) -> list[Absence]:
    """The absences this person covers, also at the end of a chain; the first to end in front."""
    covered = [
        absences[0]
        for number, absences in away.items()
        if substitute in _end_of_chain(number, away)
    ]
    return sorted(covered, key=lambda one: (one.ends_at, one.pk))


def _end_of_chain(number: int, away: Away) -> list[Person]:
    """Those who are here at the end of the ways that lead from this person."""
    seen, waiting, here = {number}, [number], []
    while waiting:
        for absence in away.get(waiting.pop(), ()):
            one = absence.substitute
            if one is None or not one.is_active or one.pk in seen:
                continue
            seen.add(one.pk)
            if one.pk in away:
                waiting.append(one.pk)
            else:
                here.append(one)
    return here
