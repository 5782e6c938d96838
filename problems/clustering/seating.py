"""Which ticket of a run sits where, and bringing the rows of members in line with that."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from analysis.clusters import Cluster as Group
from problems.clustering.decisions import Decisions, Home
from problems.clustering.outcome import Outcome, note_move
from problems.clustering.placing import Plan
from problems.models import ClusterMember

LONGEST_REASON = 250
_AT_ONCE = 2000
_DRIFT = 0.05


@dataclass(frozen=True)
class Seat:
    """Where a ticket is to sit, and why."""

    cluster_id: int
    reason: str
    confidence: float
    is_representative: bool


def left_out(groups: Mapping[int, Group], plan: Plan, decisions: Decisions) -> set[int]:
    """Tickets that take no seat: somebody said meanwhile that they differ from one that has it."""
    label_of = {member.id: label for label, group in groups.items() for member in group.members}
    sitting = decisions.sitting

    def home_of(ticket: int) -> Home | None:
        label = label_of.get(ticket)
        cluster = decisions.confirmed.get(ticket)
        if cluster is None:
            cluster = sitting.get(ticket) if label is None else plan.kept.get(label)
        if cluster is not None:
            return "cluster", cluster
        return None if label is None else ("group", label)

    return decisions.kept_apart(home_of)


def find_seats(
    groups: Mapping[int, Group],
    homes: Mapping[int, int],
    decisions: Decisions,
    out: Collection[int],
) -> dict[int, Seat]:
    """Where each grouped ticket belongs; confirmed ones only where they are confirmed."""
    seats: dict[int, Seat] = {}
    for label, pk in homes.items():
        group = groups[label]
        shown = frozenset(group.medoids)
        for member in group.members:
            if decisions.confirmed.get(member.id, pk) != pk:
                continue
            if member.id in out or pk in decisions.forbidden.get(member.id, ()):
                continue
            reason = "; ".join(member.reasons)[:LONGEST_REASON]
            seats[member.id] = Seat(pk, reason, member.confidence, member.id in shown)
    return seats


def take_seats(
    seats: Mapping[int, Seat],
    inside: frozenset[int],
    decisions: Decisions,
    titles: Mapping[int, str],
    outcome: Outcome,
) -> set[int]:
    """Brings the rows of the run's tickets in line; returns the clusters that changed."""
    now = timezone.now()
    touched: set[int] = set()
    leaving: list[int] = []
    changed: list[ClusterMember] = []
    sitting: set[int] = set()
    rows = ClusterMember.objects.filter(
        ticket_id__in=inside, cluster_id__in=list(decisions.members)
    )
    for row in rows.iterator(chunk_size=10_000):
        sitting.add(row.ticket_id)
        seat = seats.get(row.ticket_id)
        if seat is None:
            if row.ticket_id not in decisions.confirmed:
                leaving.append(row.pk)
                touched.add(row.cluster_id)
                note_move(outcome, titles, row.ticket_id, row.cluster_id, None)
            continue
        if seat.cluster_id != row.cluster_id:
            touched.update((row.cluster_id, seat.cluster_id))
            note_move(outcome, titles, row.ticket_id, row.cluster_id, seat.cluster_id)
            row.joined_at = now
        if _reseat(row, seat):
            changed.append(row)
    _store(leaving, changed, _newcomers(seats, sitting, now))
    for ticket, seat in seats.items():
        if ticket not in sitting:
            touched.add(seat.cluster_id)
            outcome.joined += 1
    return touched


def _reseat(row: ClusterMember, seat: Seat) -> bool:
    """Sets what differs; a confirmed member keeps the reason and the confidence a person gave it.

    Every new ticket moves the centre by a hair: figures that drift less than people would notice
    are not written, so a nightly run touches few rows.
    """
    stays = row.cluster_id == seat.cluster_id
    if not row.confirmed and not (stays and abs(row.confidence - seat.confidence) < _DRIFT):
        row.reason, row.confidence = seat.reason, seat.confidence
        stays = False
    if stays and row.is_representative == seat.is_representative:
        return False
    row.cluster_id, row.is_representative = seat.cluster_id, seat.is_representative
    return True


def _newcomers(
    seats: Mapping[int, Seat], sitting: set[int], now: datetime
) -> Iterable[ClusterMember]:
    for ticket, seat in seats.items():
        if ticket not in sitting:
            yield ClusterMember(
                ticket_id=ticket,
                cluster_id=seat.cluster_id,
                reason=seat.reason,
                confidence=seat.confidence,
                is_representative=seat.is_representative,
                joined_at=now,
            )


def _store(leaving: list[int], changed: list[ClusterMember], new: Iterable[ClusterMember]) -> None:
    for start in range(0, len(leaving), _AT_ONCE):
        ClusterMember.objects.filter(pk__in=leaving[start : start + _AT_ONCE]).delete()
    ClusterMember.objects.bulk_update(
        changed,
        ["cluster", "reason", "confidence", "is_representative", "joined_at"],
        batch_size=_AT_ONCE,
    )
    # A ticket that was placed by hand a moment ago stays where the person put it.
    ClusterMember.objects.bulk_create(list(new), batch_size=_AT_ONCE, ignore_conflicts=True)
