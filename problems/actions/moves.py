"""Looking through what a run moved: approving a move, or putting the ticket back."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, TransitionNotAllowed
from core.timeline import record
from problems import events, permissions
from problems.actions.clusters import add_to_cluster
from problems.actions.rows import locked
from problems.actions.words import keep_word
from problems.models import Cluster, ClusterConstraint, ClusterMember, ClusterMove


@transaction.atomic
def approve_move(
    move: ClusterMove, *, actor: Person | None, at: datetime | None = None
) -> ClusterMove:
    """A person says that the run was right; later runs keep to it.

    A ticket that was put into a cluster belongs there, one that was put nowhere does not belong
    where it was.
    """
    move = _undecided(move)
    permissions.require(actor, "decide_move", move)
    if move.after_id is None:
        if move.before is not None:
            keep_word(move.before, move.ticket, actor, ClusterConstraint.Kind.CANNOT)
    else:
        member = ClusterMember.objects.filter(cluster=move.after_id, ticket=move.ticket_id)
        if not member.update(confirmed=True):
            raise DomainError(f"{move.ticket.reference} has gone elsewhere since.")
        home = Cluster.objects.get(pk=move.after_id)
        keep_word(home, move.ticket, actor, ClusterConstraint.Kind.MUST)
    return _decide(move, ClusterMove.Decision.APPROVED, actor, at)


@transaction.atomic
def put_back_move(
    move: ClusterMove, *, actor: Person | None, at: datetime | None = None
) -> ClusterMove:
    """A person says that the run was wrong: the ticket goes back, and later runs keep it there.

    A cluster that ended meanwhile comes back under its name with the first ticket that is put
    back; the other tickets the run took out of it can follow.
    """
    move = _undecided(move)
    permissions.require(actor, "decide_move", move)
    home = move.before
    if home is None:
        home = Cluster.objects.create(title=move.before_title or move.ticket.title[:200])
        ClusterMove.objects.filter(run=move.run_id, before_number=move.before_number).update(
            before=home
        )
    add_to_cluster(home, actor=actor, ticket=move.ticket)
    move.before = home
    return _decide(move, ClusterMove.Decision.PUT_BACK, actor, at)


def _undecided(move: ClusterMove) -> ClusterMove:
    """The move held; refused when somebody has decided about it already."""
    move = locked(move)
    if move.decision:
        raise TransitionNotAllowed("Somebody has decided about this move already.")
    return move


def _decide(
    move: ClusterMove, decision: ClusterMove.Decision, actor: Person | None, at: datetime | None
) -> ClusterMove:
    now = at or timezone.now()
    move.decision, move.person, move.decided_at = decision, actor, now
    move.save(update_fields=["decision", "person", "decided_at", "before"])
    approved = decision == ClusterMove.Decision.APPROVED
    subject = (move.after or move.before) if approved else move.before
    if subject is not None:
        record(
            events.MOVE_APPROVED if approved else events.MOVE_PUT_BACK,
            subject,
            actor=actor,
            at=at,
            run=move.run_id,
            reference=move.ticket.reference,
        )
    return move
