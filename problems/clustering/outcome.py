"""What a run changed, kept for its page and for people to look through."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from problems.models import Cluster, ClusterMove, ClusterRun

MOST_MOVES_KEPT = 20_000
_AT_ONCE = 2000


@dataclass
class Outcome:
    """What a run changed, for its page."""

    new: list[int] = field(default_factory=list)
    kept: int = 0
    ended: list[dict[str, object]] = field(default_factory=list)
    split: list[dict[str, object]] = field(default_factory=list)
    joined: int = 0
    left: int = 0
    moves: list[ClusterMove] = field(default_factory=list)
    # Adjusted Rand index over the tickets that had a cluster before, and how many these are.
    stability: tuple[float | None, int] = (None, 0)


def keep_moves(run: ClusterRun, outcome: Outcome) -> None:
    """Rows of what moved, for a person to look through."""
    moves = outcome.moves[:MOST_MOVES_KEPT]
    numbers = {move.before_number for move in moves}
    numbers.update(move.after_id for move in moves if move.after_id is not None)
    alive = set(Cluster.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    for move in moves:
        move.run = run
        move.before_id = move.before_number if move.before_number in alive else None
        if move.after_id not in alive:
            move.after_id = None
    ClusterMove.objects.bulk_create(moves, batch_size=_AT_ONCE)


def note_move(
    outcome: Outcome,
    titles: Mapping[int, str],
    ticket: int,
    before: int,
    after: int | None,
) -> None:
    """Counts a ticket that leaves a cluster, and keeps where it goes."""
    if after is None:
        outcome.left += 1
    outcome.moves.append(
        ClusterMove(
            ticket_id=ticket,
            before_number=before,
            before_title=titles.get(before, ""),
            after_id=after,
            after_title="" if after is None else titles.get(after, ""),
        )
    )
