"""Putting one new ticket into the cluster it looks like, within seconds of its arrival."""

from collections.abc import Iterable, Sequence

import numpy as np
from django.db.models import F, FloatField, Func, Q, QuerySet, Value
from pgvector.django import CosineDistance, VectorField

from analysis.clusters import Join, JoinIndex, join
from analysis.joining import JOIN_CUT
from analysis.keys import ExactKey, exact_keys
from analysis.text import embedding_text
from analysis.vectors import FloatVector, default_embedder
from incidents.models import Ticket, TicketVector
from incidents.similar import model_name
from problems.actions import join_cluster
from problems.clustering.corpus import clusterable
from problems.models import Cluster, ClusterConstraint, ClusterMember, ClusterRun

CANDIDATES = 8
# Below the cut from which a ticket joins by itself: a person looks at a hint.
HINT_CUT = 0.45
_SHOWN_TERMS = 3


def join_ticket(ticket: Ticket) -> ClusterMember | None:
    """Joins the ticket to the nearest cluster at or above the cut, or by an exact key.

    None when it already has a place, takes no part in clustering, or resembles none enough: then
    it waits for the next run.
    """
    row = TicketVector.objects.filter(pk=ticket.pk).first()
    takes_part = clusterable().filter(pk=ticket.pk).exists()
    if row is None or not takes_part or ClusterMember.objects.filter(ticket=ticket).exists():
        return None
    found = find_cluster(ticket, row)
    if found is None:
        return None
    cluster, how = found
    return join_cluster(
        cluster, ticket=ticket, reason=_reason(ticket, cluster, how), confidence=how.confidence
    )


def find_cluster(ticket: Ticket, row: TicketVector) -> tuple[Cluster, Join] | None:
    """The cluster this ticket would join, and why."""
    return _place(
        _array(row.vector),
        exact_keys(ticket.title, ticket.description, _component_of(ticket)),
        row.model,
        cut=JOIN_CUT,
        forbidden=_forbidden(ticket),
    )


def likely_cluster(draft: Ticket) -> tuple[Cluster, str] | None:
    """The cluster that words not yet saved resemble, and why; a hint, so a looser cut does."""
    text = embedding_text(draft.title, draft.description)
    vector = default_embedder().embed([text])[0]
    keys = exact_keys(draft.title, draft.description, _component_of(draft))
    found = _place(_array(vector), keys, model_name(), cut=HINT_CUT)
    return None if found is None else (found[0], _reason(draft, *found))


def _component_of(ticket: Ticket) -> str:
    return ticket.component.name if ticket.component else ""


def _place(
    vector: FloatVector,
    keys: Sequence[ExactKey],
    model: str,
    *,
    cut: float,
    forbidden: frozenset[int] = frozenset(),
) -> tuple[Cluster, Join] | None:
    mean = (
        ClusterRun.objects.filter(state="done", mean__isnull=False)
        .values_list("mean", flat=True)
        .first()
    )
    if mean is None:
        return None
    near = _candidates(vector, _array(mean), keys, model)
    index = JoinIndex(
        cluster_ids=tuple(near),
        centroids=np.asarray(
            [_array(one.centroid) for one in near.values()], dtype=np.float32
        ).reshape(len(near), len(vector)),
        mean=_array(mean),
        keys={key.value: pk for pk, one in near.items() for key in _keys(one)},
        claims={pk: _keys(one) for pk, one in near.items()},
    )
    how = join(vector, keys, index, cut=cut, forbidden=forbidden)
    return None if how is None else (near[how.cluster], how)


def _array(value: Sequence[float]) -> FloatVector:
    return np.asarray(value, dtype=np.float32)


def _keys(cluster: Cluster) -> tuple[ExactKey, ...]:
    return tuple(ExactKey(**key) for key in cluster.keys)


def _forbidden(ticket: Ticket) -> frozenset[int]:
    words = ClusterConstraint.objects.filter(ticket=ticket, kind=ClusterConstraint.Kind.CANNOT)
    return frozenset(words.values_list("cluster_id", flat=True))


def _candidates(
    vector: FloatVector, mean: FloatVector, keys: Iterable[ExactKey], model: str
) -> dict[int, Cluster]:
    """The few nearest clusters around the corpus mean, and those that share an exact key."""
    open_to_all = Cluster.objects.filter(locked=False, model=model, centroid__isnull=False)
    found = {one.pk: one for one in _nearest(open_to_all, vector, mean)}
    shared = Q()
    for key in keys:
        shared |= Q(keys__contains=[{"value": key.value}])
    if shared:
        found.update((one.pk, one) for one in open_to_all.filter(shared)[:CANDIDATES])
    return found


def _nearest(
    clusters: QuerySet[Cluster], vector: FloatVector, mean: FloatVector
) -> QuerySet[Cluster]:
    around_mean = Func(
        F("centroid"),
        Value(mean, output_field=VectorField()),
        template="(%(expressions)s)",
        arg_joiner=" - ",
        output_field=VectorField(),
    )
    distance = CosineDistance(around_mean, vector - mean, output_field=FloatField())
    return clusters.order_by(distance, "pk")[:CANDIDATES]


def _reason(ticket: Ticket, cluster: Cluster, how: Join) -> str:
    text = f"{ticket.title} {ticket.description}".casefold()
    shared = [term for term in cluster.terms if term.casefold() in text][:_SHOWN_TERMS]
    words = f"; shares the words {', '.join(shared)}" if shared else ""
    return f"{how.reason}{words}"
