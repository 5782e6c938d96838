"""Numbers about the tickets of one cause, counted from rows read once."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from core.models import Event
from incidents.events import TICKET_REOPENED
from incidents.models import Ticket
from problems.facts import TicketFact

Json = dict[str, object]

WORKED_AROUND = frozenset({"workaround_applied", "known_error"})
UNHAPPY_BELOW = 3


def reach(
    facts: Iterable[TicketFact], affected: Mapping[int, set[int]], *, since: datetime | None
) -> Json:
    """Distinct tickets, people (requesters and affected users) and organisations since then."""
    tickets = 0
    people: set[int] = set()
    organisations: set[int] = set()
    for fact in facts:
        if since is not None and fact.created_at <= since:
            continue
        tickets += 1
        people.add(fact.requester_id)
        people |= affected.get(fact.id, set())
        if fact.organisation_id is not None:
            organisations.add(fact.organisation_id)
    return {"tickets": tickets, "people": len(people), "organisations": len(organisations)}


def weekly(facts: Iterable[TicketFact], *, until: datetime, weeks: int) -> list[int]:
    """Tickets a week, oldest first, the last week ending at `until`."""
    counts = [0] * weeks
    for fact in facts:
        ago = (until - fact.created_at) // timedelta(days=7)
        if 0 <= ago < weeks:
            counts[weeks - 1 - ago] += 1
    return counts


def repeats(facts: Iterable[TicketFact]) -> Json:
    """People who met it more than once."""
    each = Counter(fact.requester_id for fact in facts)
    again = sum(1 for count in each.values() if count > 1)
    return {"people": again, "of": len(each), "percent": percent(again, len(each))}


def service_levels(facts: Iterable[TicketFact], now: datetime) -> Json:
    """Tickets that missed a target, among those that had one."""
    with_target = [fact for fact in facts if fact.has_target]
    late = sum(1 for fact in with_target if fact.late(now))
    return {"breached": late, "of": len(with_target), "percent": percent(late, len(with_target))}


def reopened(facts: Iterable[TicketFact]) -> Json:
    """Tickets reopened at least once, among those ever resolved."""
    ended = [fact for fact in facts if fact.resolved_at is not None or fact.reopen_count]
    again = sum(1 for fact in ended if fact.reopen_count)
    return {"tickets": again, "of": len(ended), "percent": percent(again, len(ended))}


def satisfaction(facts: Iterable[TicketFact], desk_mean: float | None) -> Json:
    """The mean rating, and how it differs from the desk's over the same time."""
    scores = [fact.csat_score for fact in facts if fact.csat_score is not None]
    mean = round(sum(scores) / len(scores), 2) if scores else None
    delta = None if mean is None or desk_mean is None else round(mean - desk_mean, 2)
    return {"mean": mean, "n": len(scores), "desk_mean": desk_mean, "delta": delta}


def undone_workarounds(ticket_ids: Sequence[int], *, until: datetime) -> set[int]:
    """Tickets reopened after a workaround had ended them; reopening clears the code."""
    reopenings = Event.objects.filter(
        subject_kind=Ticket._meta.label_lower,
        subject_id__in=ticket_ids,
        name=TICKET_REOPENED.name,
        at__lte=until,
        payload__code_before__in=list(WORKED_AROUND),
    )
    return set(reopenings.values_list("subject_id", flat=True))


def workaround(facts: Iterable[TicketFact], text: str, undone: Container[int]) -> Json:
    """How often the workaround ended a ticket, and how often that lasted and left no anger."""
    used = [fact for fact in facts if fact.resolution_code in WORKED_AROUND or fact.id in undone]
    held = sum(
        1
        for fact in used
        if fact.id not in undone and (fact.csat_score is None or fact.csat_score >= UNHAPPY_BELOW)
    )
    return {"text": text, "used": len(used), "held": held, "percent": percent(held, len(used))}


def percent(part: int, whole: int) -> float | None:
    """A share with one decimal; None when there is nothing to take a share of."""
    return round(100 * part / whole, 1) if whole else None


def change_percent(weeks: Sequence[int]) -> float | None:
    """The last four weeks against the four before, in percent; None when nothing came then."""
    before, after = sum(weeks[-8:-4]), sum(weeks[-4:])
    return round(100 * (after - before) / before, 1) if before else None


def effort(
    facts: Sequence[TicketFact],
    measured: Mapping[int, float],
    usual: Mapping[int | None, float],
    *,
    now: datetime,
) -> Json:
    """Agent minutes: measured, else the component's usual time and then labelled an estimate.

    `minutes` is None when nothing was measured and nothing is usual.
    """
    total = 0.0
    last_28 = 0.0
    unknown = estimated = 0
    for fact in facts:
        minutes = measured.get(fact.id)
        if minutes is None:
            minutes = usual.get(fact.component_id, usual.get(None))
            unknown += minutes is None
            estimated += minutes is not None
        total += minutes or 0.0
        if now - fact.created_at < timedelta(days=28):
            last_28 += minutes or 0.0
    known = len(facts) - unknown
    return {
        "minutes": round(total) if known else None,
        "minutes_28_days": round(last_28) if known else None,
        "hours_per_week": round(last_28 / 60 / 4, 1) if known else None,
        "measured_tickets": known - estimated,
        "estimated_tickets": estimated,
        "estimated": estimated > 0,
    }
