"""Putting one new ticket into the cluster it looks like, within seconds of its arrival."""

from collections.abc import Iterable, Sequence

import numpy as np
from django.db.models import F, FloatField, Func, Q, QuerySet, Value
from pgvector.django import CosineDistance, VectorField

from accounts.models import Person
from analysis.clusters import Join, JoinIndex, join
from analysis.joining import JOIN_CUT
from analysis.keys import ExactKey, exact_keys
from analysis.text import embedding_text
from analysis.vectors import FloatVector
from incidents.models import Likeness, Ticket
from incidents.vectorspaces import Space, serving
from problems.actions import join_cluster, part_from_cluster
from problems.clustering.corpus import clusterable
from problems.clustering.decisions import forbidden_clusters
from problems.models import Cluster, ClusterMember, ClusterRun

CANDIDATES = 8
# Below the cut from which a ticket joins by itself: a person looks at a hint.
HINT_CUT = 0.45
_SHOWN_TERMS = 3


def join_ticket(ticket: Ticket) -> ClusterMember | None:
    """Joins the ticket where a person's word puts it, or to the nearest cluster above the cut.

    None when it already has a place, takes no part in clustering, or resembles none enough: then
    it waits for the next run.
    """
    takes_part = clusterable().filter(pk=ticket.pk).exists()
    if not takes_part or ClusterMember.objects.filter(ticket=ticket).exists():
        return None
    said = _said_to_be(ticket)
    if said is not None:
        return join_cluster(said[0], ticket=ticket, reason=said[1], confidence=1.0)
    found = find_cluster(ticket)
    if found is None:
        return None
    cluster, how = found
    return join_cluster(
        cluster, ticket=ticket, reason=_reason(ticket, cluster, how), confidence=how.confidence
    )


def _said_to_be(ticket: Ticket) -> tuple[Cluster, str] | None:
    """The cluster of a ticket that a person called the same matter, and who did; the newest word.

    One that holds a ticket said to be something else is left out.
    """
    words = Likeness.objects.of(ticket.pk).filter(kind=Likeness.Kind.SAME)
    said = {one.other_than(ticket.pk): one for one in words.select_related("person")}
    members = ClusterMember.objects.filter(ticket__in=said, cluster__locked=False)
    found = members.exclude(cluster__state="dismissed").exclude(cluster__in=_forbidden(ticket))
    rows = list(found.select_related("cluster", "ticket"))
    if not rows:
        return None
    best = max(rows, key=lambda row: said[row.ticket_id].created_at)
    person = said[best.ticket_id].person
    name = person.name if person else "The system"
    return best.cluster, f"{name} said that it is the same as {best.ticket.reference}"


def follow_word(ticket: Ticket, other: Ticket, kind: str, actor: Person | None) -> None:
    """What a person's word on two tickets means for their clusters at once.

    The same matter: the one that waits joins the other. Different ones: the ticket on whose page
    it was said leaves a cluster that holds both. The next run obeys in any case.
    """
    if kind == Likeness.Kind.SAME:
        join_ticket(ticket)
        join_ticket(other)
        return
    homes = dict(
        ClusterMember.objects.filter(ticket__in=[ticket, other], cluster__locked=False).values_list(
            "ticket_id", "cluster_id"
        )
    )
    if len(homes) == 2 and len(set(homes.values())) == 1:
        home = Cluster.objects.get(pk=homes[ticket.pk])
        part_from_cluster(home, actor=actor, ticket=ticket)


def find_cluster(ticket: Ticket) -> tuple[Cluster, Join] | None:
    """The cluster this ticket would join, and why; by exact key alone while it has no vector."""
    space = serving()
    stored = space.vectors().filter(pk=ticket.pk).values_list("vector", flat=True).first()
    return _place(
        _nowhere(space) if stored is None else _array(stored),
        exact_keys(ticket.title, ticket.description, _component_of(ticket)),
        space.model,
        cut=JOIN_CUT,
        forbidden=_forbidden(ticket),
    )


def likely_cluster(draft: Ticket) -> tuple[Cluster, str] | None:
    """The cluster that words not yet saved resemble, and why; a hint, so a looser cut does."""
    space = serving()
    embedder = space.embedder
    if embedder is None:
        vector = _nowhere(space)
    else:
        vector = _array(embedder.embed([embedding_text(draft.title, draft.description)])[0])
    keys = exact_keys(draft.title, draft.description, _component_of(draft))
    found = _place(vector, keys, space.model, cut=HINT_CUT)
    return None if found is None else (found[0], _reason(draft, *found))


def _nowhere(space: Space) -> FloatVector:
    return np.zeros(space.size, dtype=np.float32)


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
    mean = mean_of_last_run(model)
    centre = np.zeros_like(vector) if mean is None else mean
    near = _candidates(vector, centre, keys, model, by_meaning=mean is not None)
    index = JoinIndex(
        cluster_ids=tuple(near),
        centroids=np.asarray(
            [_centroid(one, model, centre) for one in near.values()], dtype=np.float32
        ).reshape(len(near), len(vector)),
        mean=centre,
        keys={key.value: pk for pk, one in near.items() for key in _keys(one)},
        claims={pk: _keys(one) for pk, one in near.items()},
    )
    how = join(vector, keys, index, cut=cut, forbidden=forbidden)
    return None if how is None else (near[how.cluster], how)


def _centroid(cluster: Cluster, model: str, centre: FloatVector) -> FloatVector:
    """Where it lies; nowhere when it was described by another model and only its keys count."""
    if cluster.centroid is None or cluster.model != model:
        return centre
    return _array(cluster.centroid)


def _array(value: Sequence[float]) -> FloatVector:
    return np.asarray(value, dtype=np.float32)


def _keys(cluster: Cluster) -> tuple[ExactKey, ...]:
    return tuple(ExactKey(**key) for key in cluster.keys)


def _forbidden(ticket: Ticket) -> frozenset[int]:
    return forbidden_clusters([ticket.pk]).get(ticket.pk, frozenset())


def _candidates(
    vector: FloatVector,
    mean: FloatVector,
    keys: Iterable[ExactKey],
    model: str,
    *,
    by_meaning: bool,
) -> dict[int, Cluster]:
    """The few nearest clusters around the corpus mean, and those that share an exact key."""
    open_to_all = Cluster.objects.that_take_tickets()
    found: dict[int, Cluster] = {}
    if by_meaning:
        described = open_to_all.filter(model=model, centroid__isnull=False)
        found = {one.pk: one for one in _nearest(described, vector, mean)}
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


def mean_of_last_run(model: str) -> FloatVector | None:
    """The corpus mean of the newest run over vectors of this model; None before there was one."""
    done = ClusterRun.objects.filter(state="done", mean__isnull=False, parameters__model=model)
    found = done.values_list("mean", flat=True).first()
    return None if found is None else _array(found)


def _reason(ticket: Ticket, cluster: Cluster, how: Join) -> str:
    return reason_for(f"{ticket.title} {ticket.description}", cluster.terms, how)


def reason_for(text: str, terms: Iterable[str], how: Join) -> str:
    """Why a ticket with this text is in a cluster with these terms, in words."""
    text = text.casefold()
    shared = [term for term in terms if term.casefold() in text][:_SHOWN_TERMS]
    words = f"; shares the words {', '.join(shared)}" if shared else ""
    return f"{how.reason}{words}"
