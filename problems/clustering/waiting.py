"""Between two full runs: what waits for a cluster joins one, or is grouped among itself.

Its cost follows the number of waiting tickets, not that of all tickets: clusters that are there
keep every member they have. Merging, splitting and moving is for a run over a window.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
from django.db import transaction
from django.utils import timezone

from analysis.clusters import ALGORITHM, Document, Join, JoinIndex, Settings
from analysis.increment import Increment, extend
from analysis.keys import ExactKey
from analysis.vectors import FloatVector
from incidents.models import Likeness
from problems.clustering.corpus import clusterable, input_hash, read_corpus
from problems.clustering.decisions import Decisions, Pair, forbidden_clusters
from problems.clustering.joining import mean_of_last_run, reason_for
from problems.clustering.placing import Plan
from problems.clustering.progress import Reporter
from problems.clustering.saving import conclude, held_run, write_groups
from problems.clustering.seating import LONGEST_REASON
from problems.counting import refresh_counts
from problems.models import Cluster, ClusterMember, ClusterRun

MOST_WAITING = 20_000
_READ_AT_ONCE = 5_000
_WRITTEN_AT_ONCE = 2_000


def place_waiting(run: ClusterRun) -> ClusterRun:
    """Does a run of kind “waiting”; returns the finished run.

    Raises RunStoppedError when it was cancelled or given to another worker. Everything is written
    in one transaction; a ticket that got a place meanwhile keeps it.
    """
    reporter = Reporter(run)
    reporter("choosing", 0, 1)
    waiting = clusterable().exclude(pk__in=ClusterMember.objects.values("ticket_id"))
    newest = waiting.order_by("-created_at", "-pk").values_list("pk", flat=True)[:MOST_WAITING]
    ids = sorted(newest)
    reporter("choosing", 1, 1)
    model, documents, vectors = read_corpus(ids, reporter)
    index = _known_clusters(model, vectors.shape[1])
    same, different = _said_among(ids)
    settings = Settings.for_model(model)
    run.ticket_count = len(documents)
    run.parameters = {"settings": asdict(settings), "model": model}
    run.input_hash = input_hash(documents, same, different, model, index.cluster_ids)
    found = extend(
        documents,
        vectors,
        index,
        settings=settings,
        must_link=same,
        cannot_link=different,
        forbidden=forbidden_clusters(ids),
        on_progress=reporter,
    )
    return _save(run, found, documents, index, model, reporter)


def _known_clusters(model: str, size: int) -> JoinIndex:
    """Every cluster that takes tickets with its place and keys, around the mean of the last run."""
    mean = mean_of_last_run(model)
    if mean is None:
        mean = np.zeros(size, dtype=np.float32)
    described = Cluster.objects.that_take_tickets().filter(model=model, centroid__isnull=False)
    numbers: list[int] = []
    centres: list[FloatVector] = []
    claims: dict[int, tuple[ExactKey, ...]] = {}
    for pk, centre, keys in described.values_list("pk", "centroid", "keys").iterator(
        chunk_size=_READ_AT_ONCE
    ):
        numbers.append(pk)
        centres.append(np.asarray(centre, dtype=np.float32))
        claims[pk] = tuple(ExactKey(**key) for key in keys)
    return JoinIndex(
        cluster_ids=tuple(numbers),
        centroids=np.asarray(centres, dtype=np.float32).reshape(len(numbers), len(mean)),
        mean=mean,
        keys={key.value: pk for pk, found in claims.items() for key in found},
        claims=claims,
    )


def _said_among(ids: Sequence[int]) -> tuple[list[Pair], list[Pair]]:
    """What people said of two of these tickets: the same matter, different ones."""
    pairs: dict[str, list[Pair]] = defaultdict(list)
    said = Likeness.objects.filter(first__in=ids, second__in=ids).order_by("pk")
    for first, second, kind in said.values_list("first_id", "second_id", "kind"):
        pairs[kind].append((first, second))
    return pairs[Likeness.Kind.SAME], pairs[Likeness.Kind.DIFFERENT]


def _save(
    run: ClusterRun,
    found: Increment,
    documents: Sequence[Document],
    index: JoinIndex,
    model: str,
    reporter: Reporter,
) -> ClusterRun:
    groups = {group.label: group for group in found.rest.clusters}
    reporter("saving", 0, len(groups))
    ids = [document.id for document in documents]
    with reporter.beating(), transaction.atomic():
        wanted = {how.cluster for how in found.joined.values()}
        homes = Cluster.objects.select_for_update(of=("self",)).filter(pk__in=wanted, locked=False)
        open_ = homes.order_by("pk").in_bulk()
        placed = dict(
            ClusterMember.objects.filter(ticket_id__in=ids).values_list("ticket_id", "cluster_id")
        )
        # Whoever has a place by now sits elsewhere for good, as if a person had said so.
        decisions = Decisions(
            members={},
            anchors={},
            confirmed=placed,
            forbidden=forbidden_clusters(ids),
            different=tuple(_said_among(ids)[1]),
        )
        plan = Plan(kept={}, born=tuple(sorted(groups)), ended=(), heirs={}, parents={})
        outcome = write_groups(run, groups, plan, decisions, frozenset(ids) - placed.keys(), model)
        outcome.joined += _seat_joined(found.joined, documents, open_, decisions)
        run = held_run(run, reporter)
        run.algorithm = found.rest.algorithm or ALGORITHM
        run.cluster_count = len(open_) + len(outcome.new)
        return conclude(run, outcome, reporter, refused=len(found.rest.refused_links))


def _seat_joined(
    joined: Mapping[int, Join],
    documents: Sequence[Document],
    open_: Mapping[int, Cluster],
    decisions: Decisions,
) -> int:
    """Rows of the tickets that fit a known cluster; returns how many they are."""
    now = timezone.now()
    rows = []
    out = decisions.kept_apart(
        lambda ticket: ("cluster", joined[ticket].cluster) if ticket in joined else None
    )
    for document in documents:
        how = joined.get(document.id)
        cluster = None if how is None else open_.get(how.cluster)
        if how is None or cluster is None or document.id in decisions.confirmed:
            continue
        if document.id in out or cluster.pk in decisions.forbidden.get(document.id, ()):
            continue
        reason = reason_for(f"{document.title} {document.text}", cluster.terms, how)
        rows.append(
            ClusterMember(
                ticket_id=document.id,
                cluster=cluster,
                reason=reason[:LONGEST_REASON],
                confidence=how.confidence,
                joined_at=now,
            )
        )
    ClusterMember.objects.bulk_create(rows, batch_size=_WRITTEN_AT_ONCE, ignore_conflicts=True)
    refresh_counts({row.cluster_id for row in rows})
    return len(rows)
