"""Writing a run's result: new members and names, around whatever people decided meanwhile."""

from collections.abc import Collection, Mapping

from django.db import models, transaction
from django.utils import timezone

from analysis.clusters import Cluster as Group
from analysis.clusters import Clustering
from analysis.scores import adjusted_rand
from problems.actions import finish_run
from problems.clustering.decisions import Decisions, read_decisions
from problems.clustering.describing import say_what_it_is
from problems.clustering.outcome import Outcome, keep_moves, note_move
from problems.clustering.placing import Plan, plan_identities
from problems.clustering.progress import CancelledError, Reporter, TakenOverError
from problems.clustering.seating import LONGEST_REASON, Seat, find_seats, left_out, take_seats
from problems.counting import refresh_counts
from problems.models import Cluster, ClusterMember, ClusterRun

SMALLEST = 2
FOLLOWED = "went with the newer tickets of “{title}”"
_AT_ONCE = 2000


def save_result(run: ClusterRun, result: Clustering, model: str, reporter: Reporter) -> ClusterRun:
    """Makes clusters and members as the run found them, in one transaction.

    Decisions are read again under lock: what people confirmed, removed, renamed, locked or
    dismissed while the run was computing holds as if it had been known from the start.
    """
    groups = {group.label: group for group in result.clusters}
    reporter("saving", 0, len(groups))
    with reporter.beating(), transaction.atomic():
        list(_of_scope(run).select_for_update(of=("self",)).values_list("pk", flat=True))
        decisions = read_decisions(run.scope_id)
        inside = frozenset(result.ids) | decisions.gone
        old = {pk: found & inside for pk, found in decisions.members.items() if found & inside}
        decisions = decisions.minding_places_elsewhere(inside)
        plan = plan_identities(old, result.members_by_label(), decisions.anchors)
        outcome = write_groups(run, groups, plan, decisions, inside, model)
        run = held_run(run, reporter)
        run.mean = result.mean if len(result.mean) else None
        run.algorithm = result.algorithm
        run.cluster_count = outcome.kept + len(outcome.new)
        return conclude(run, outcome, reporter, refused=len(result.refused_links))


def conclude(run: ClusterRun, outcome: Outcome, reporter: Reporter, *, refused: int) -> ClusterRun:
    """Keeps on the run's row what it changed, and ends it."""
    run.new_count = len(outcome.new)
    run.stability, run.stability_tickets = outcome.stability
    run.parameters = {
        **run.parameters,
        "seconds": reporter.finish(),
        "joined": outcome.joined,
        "left": outcome.left,
        "moved": len(outcome.moves),
        "ended": outcome.ended,
        "split": outcome.split,
        "refused_links": refused,
    }
    keep_moves(run, outcome)
    return finish_run(run)


def _of_scope(run: ClusterRun) -> models.QuerySet[Cluster]:
    clusters = Cluster.objects.order_by("pk")
    return clusters if run.scope_id is None else clusters.filter(service_id=run.scope_id)


def held_run(run: ClusterRun, reporter: Reporter) -> ClusterRun:
    """The run's row under lock; raises when it was cancelled or given to another worker.

    Only taken at the end: somebody who cancels meanwhile does not wait for the saving, and what
    was written is rolled back.
    """
    fresh = ClusterRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if fresh.attempts != reporter.attempt or fresh.state != "running":
        raise TakenOverError
    if fresh.cancel_requested:
        raise CancelledError
    fresh.ticket_count = run.ticket_count
    fresh.parameters = run.parameters
    fresh.input_hash = run.input_hash
    return fresh


def write_groups(
    run: ClusterRun,
    groups: Mapping[int, Group],
    plan: Plan,
    decisions: Decisions,
    inside: frozenset[int],
    model: str,
) -> Outcome:
    """Brings clusters and the members `inside` in line with the plan; says what that changed."""
    outcome = Outcome(kept=len(plan.kept))
    titles = dict(Cluster.objects.filter(pk__in=decisions.members).values_list("pk", "title"))
    homes = dict(plan.kept)
    out = left_out(groups, plan, decisions)
    homes.update(_create(run, groups, plan, out | decisions.confirmed.keys()))
    outcome.new = [homes[label] for label in plan.born if label in homes]
    for label, pk in homes.items():
        titles.setdefault(pk, groups[label].title[:200])
    _describe(run, groups, homes, model)
    seats = find_seats(groups, homes, decisions, out)
    outcome.stability = _stability(decisions, inside, seats)
    touched = take_seats(seats, inside, decisions, titles, outcome)
    touched.update(_move_the_old(plan, homes, decisions, inside, titles, outcome))
    refresh_counts({*touched, *homes.values()})
    outcome.split = [
        {"from": parent, "from_title": titles.get(parent, ""), "to": homes[label]}
        for label, parent in plan.parents.items()
        if label in homes
    ]
    _end(plan, homes, decisions, titles, outcome)
    return outcome


def _create(
    run: ClusterRun, groups: Mapping[int, Group], plan: Plan, elsewhere: Collection[int]
) -> dict[int, int]:
    """Rows for born labels that keep two tickets once people's words are obeyed."""
    born = [
        label
        for label in plan.born
        if sum(member.id not in elsewhere for member in groups[label].members) >= SMALLEST
    ]
    now = timezone.now()
    rows = Cluster.objects.bulk_create(
        [
            Cluster(title=groups[label].title[:200], created_at=now, updated_at=now, last_run=run)
            for label in born
        ],
        batch_size=_AT_ONCE,
    )
    return {label: row.pk for label, row in zip(born, rows, strict=True)}


def _describe(
    run: ClusterRun, groups: Mapping[int, Group], homes: Mapping[int, int], model: str
) -> None:
    """Terms, centroid and title of each group on its cluster; a person's name stays."""
    label_of = {pk: label for label, pk in homes.items()}
    now = timezone.now()
    rows = list(Cluster.objects.filter(pk__in=label_of).defer("weekly"))
    for row in rows:
        group = groups[label_of[row.pk]]
        if not row.named_by_person:
            row.title = group.title[:200]
        say_what_it_is(row, group, now)
        row.theme = group.theme
        row.centroid = group.centroid
        row.model = model
        row.last_run = run
    Cluster.objects.bulk_update(
        rows,
        [
            "title",
            "terms",
            "theme",
            "cohesion",
            "centroid",
            "keys",
            "model",
            "last_run",
            "described_at",
        ],
        batch_size=500,
    )


def _stability(
    decisions: Decisions, inside: frozenset[int], seats: Mapping[int, Seat]
) -> tuple[float | None, int]:
    """How far the clusters before and after agree; a ticket that left counts as one of its own.

    None while fewer than two tickets had a cluster before.
    """
    before: list[int] = []
    after: list[int] = []
    for cluster, tickets in decisions.members.items():
        for ticket in tickets & inside - decisions.gone:
            before.append(cluster)
            if ticket in decisions.confirmed:
                after.append(decisions.confirmed[ticket])
            else:
                seat = seats.get(ticket)
                after.append(-ticket if seat is None else seat.cluster_id)
    if len(before) < 2:
        return None, len(before)
    return round(adjusted_rand(before, after), 4), len(before)


def _move_the_old(
    plan: Plan,
    homes: Mapping[int, int],
    decisions: Decisions,
    inside: frozenset[int],
    titles: Mapping[int, str],
    outcome: Outcome,
) -> set[int]:
    """Members older than the window follow the others of their ended cluster, as moves like any."""
    touched: set[int] = set()
    for cluster, label in plan.heirs.items():
        if cluster in decisions.decided or label not in homes:
            continue
        heir = homes[label]
        outside = {
            ticket
            for ticket in decisions.members[cluster] - inside
            if heir not in decisions.forbidden.get(ticket, ())
        }
        rows = ClusterMember.objects.filter(ticket_id__in=outside, confirmed=False)
        following = sorted(rows.values_list("ticket_id", flat=True))
        if not following:
            continue
        why = FOLLOWED.format(title=titles.get(cluster, ""))[:LONGEST_REASON]
        rows.update(cluster=heir, reason=why, is_representative=False, joined_at=timezone.now())
        for ticket in following:
            note_move(outcome, titles, ticket, cluster, heir)
        touched.update((cluster, heir))
    return touched


def _end(
    plan: Plan,
    homes: Mapping[int, int],
    decisions: Decisions,
    titles: Mapping[int, str],
    outcome: Outcome,
) -> None:
    """Removes candidates nobody decided about that have no tickets left."""
    empty = Cluster.objects.filter(
        pk__in=set(plan.ended) - decisions.decided, members__isnull=True, problems__isnull=True
    )
    gone = sorted(empty.values_list("pk", flat=True))
    for pk in gone:
        label = plan.heirs.get(pk)
        outcome.ended.append(
            {
                "cluster": pk,
                "title": titles.get(pk, ""),
                "to": None if label is None else homes.get(label),
            }
        )
    Cluster.objects.filter(pk__in=gone).delete()
