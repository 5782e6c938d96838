"""What people decided, as links the grouping must obey."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from django.db.models import Q

from incidents.models import Likeness
from problems.clustering.corpus import clusterable
from problems.models import Cluster, ClusterConstraint, ClusterMember

Pair = tuple[int, int]
# A cluster's number, or the label of a group that is none yet.
Home = tuple[str, int]


@dataclass(frozen=True)
class Decisions:
    """People's words about the clusters of one scope, as they were when read.

    `same` and `different` are pairs of tickets about which somebody said so.
    `members` are the tickets of every cluster the run may change, `confirmed` where tickets have
    to stay, `anchors` those that stand for a cluster a
    person decided about, `forbidden` clusters by ticket, `gone` members that take no part any more
    (withdrawn, or moved to a restricted team).
    """

    members: Mapping[int, frozenset[int]]
    anchors: Mapping[int, tuple[int, ...]]
    confirmed: Mapping[int, int]
    forbidden: Mapping[int, frozenset[int]]
    decided: frozenset[int] = field(default_factory=frozenset)
    gone: frozenset[int] = field(default_factory=frozenset)
    same: tuple[Pair, ...] = ()
    different: tuple[Pair, ...] = ()

    @property
    def sitting(self) -> dict[int, int]:
        """The cluster in which each member sits."""
        return {pk: cluster for cluster, tickets in self.members.items() for pk in tickets}

    def must_link(self) -> list[Pair]:
        """Anchors of one cluster belong together, and so do tickets said to be the same matter."""
        anchored = [pair for anchors in self.anchors.values() for pair in pairwise(anchors)]
        return [*anchored, *self.same]

    def cannot_link(self) -> list[Pair]:
        """A removed ticket stays away, and two clusters people decided about stay two."""
        pairs = [
            (ticket, other)
            for ticket, clusters in self.forbidden.items()
            for cluster in clusters
            for other in self._standing_for(cluster)
            if other != ticket
        ]
        heads = [anchors[0] for anchors in self.anchors.values() if anchors]
        pairs.extend((one, other) for at, one in enumerate(heads) for other in heads[at + 1 :])
        return [*pairs, *self.different]

    def minding_places_elsewhere(self, tickets: Collection[int]) -> "Decisions":
        """Those of these tickets that sit in a cluster the run may not change stay there."""
        rows = ClusterMember.objects.filter(ticket_id__in=tickets)
        rows = rows.exclude(cluster_id__in=list(self.members))
        elsewhere = dict(rows.values_list("ticket_id", "cluster_id"))
        return replace(self, confirmed={**self.confirmed, **elsewhere})

    def kept_apart(self, home_of: Callable[[int], Home | None]) -> set[int]:
        """The tickets to leave out, so that no two said to differ have the same home.

        Of two that would share one, the one stays that somebody put there, or that sits there.
        """
        sitting = self.sitting
        out: set[int] = set()
        for first, second in self.different:
            home = home_of(first)
            if home is None or home != home_of(second) or {first, second} & out:
                continue
            free = [ticket for ticket in (first, second) if ticket not in self.confirmed]
            if free:
                strange = {ticket: ("cluster", sitting.get(ticket)) != home for ticket in free}
                out.add(max(free, key=lambda ticket: (strange[ticket], ticket)))
        return out

    def _standing_for(self, cluster: int) -> Iterable[int]:
        """The tickets a removed one is kept from: the anchors, or all while there are none."""
        if cluster in self.anchors:
            return self.anchors[cluster]
        return self.members.get(cluster, frozenset())


def read_decisions(service_id: int | None) -> Decisions:
    """The decisions about the clusters that a run over a service, or over all, may change."""
    clusters = Cluster.objects.open_to_run(service_id)
    states = dict(clusters.values_list("pk", "state"))
    named = set(clusters.filter(named_by_person=True).values_list("pk", flat=True))
    words = list(
        ClusterConstraint.objects.filter(cluster_id__in=states).values_list(
            "cluster_id", "ticket_id", "kind"
        )
    )
    spoken_of = {cluster for cluster, _, _ in words}
    decided = {
        pk for pk, state in states.items() if state != "candidate" or pk in named | spoken_of
    }
    gone = frozenset(
        ClusterMember.objects.filter(cluster_id__in=states)
        .exclude(ticket__in=clusterable())
        .values_list("ticket_id", flat=True)
    )
    members, confirmed, typical = _read_members(states, gone)
    forbidden: dict[int, set[int]] = defaultdict(set)
    for cluster, ticket, kind in words:
        if kind == ClusterConstraint.Kind.CANNOT:
            forbidden[ticket].add(cluster)
    said = Likeness.objects.order_by("pk").values_list("first_id", "second_id", "kind")
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for first, second, kind in said.iterator():
        pairs[kind].append((first, second))
    return Decisions(
        members={pk: frozenset(found) for pk, found in members.items()},
        anchors=_anchors(decided - _dismissed(states), confirmed, typical),
        confirmed=confirmed,
        forbidden={ticket: frozenset(found) for ticket, found in forbidden.items()},
        decided=frozenset(decided),
        gone=gone,
        same=tuple(_drawn_home(pairs[Likeness.Kind.SAME], members, typical, states, decided)),
        different=tuple(pairs[Likeness.Kind.DIFFERENT]),
    )


def forbidden_clusters(ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The clusters each ticket was taken out of, and those of tickets it is said to differ from."""
    found: dict[int, set[int]] = defaultdict(set)
    taken_out = ClusterConstraint.objects.filter(ticket__in=ids, kind=ClusterConstraint.Kind.CANNOT)
    for ticket, cluster in taken_out.values_list("ticket_id", "cluster_id"):
        found[ticket].add(cluster)
    about = Q(first__in=ids) | Q(second__in=ids)
    words = Likeness.objects.filter(about, kind=Likeness.Kind.DIFFERENT)
    pairs = list(words.values_list("first_id", "second_id"))
    members = ClusterMember.objects.filter(ticket__in={one for pair in pairs for one in pair})
    homes = dict(members.values_list("ticket_id", "cluster_id"))
    for first, second in pairs:
        for ticket, other in ((first, second), (second, first)):
            if other in homes:
                found[ticket].add(homes[other])
    return {ticket: frozenset(clusters) for ticket, clusters in found.items()}


def _drawn_home(
    same: Iterable[Pair],
    members: Mapping[int, set[int]],
    typical: Mapping[int, list[int]],
    states: Mapping[int, str],
    decided: set[int],
) -> Iterable[Pair]:
    """The pairs, and links that draw each to the typical tickets of the home of one of the two.

    Linked to each other alone, a pair whose words differ would leave both of their clusters. Of
    two homes the one a person decided about counts, else the larger.
    """
    home_of = {
        ticket: cluster
        for cluster, tickets in members.items()
        if states[cluster] != "dismissed"
        for ticket in tickets
    }
    for pair in same:
        yield pair
        homes = {home_of[ticket] for ticket in pair if ticket in home_of}
        if homes:
            home = max(homes, key=lambda pk: (pk in decided, len(members[pk]), -pk))
            yield from ((pair[0], shown) for shown in typical.get(home, ()) if shown not in pair)


def _dismissed(states: Mapping[int, str]) -> set[int]:
    """Dismissed clusters keep their identity by overlap only: nobody said they are one cause."""
    return {pk for pk, state in states.items() if state == "dismissed"}


def _read_members(
    clusters: Iterable[int], gone: frozenset[int]
) -> tuple[dict[int, set[int]], dict[int, int], dict[int, list[int]]]:
    """(tickets by cluster, cluster by confirmed ticket, representative tickets by cluster)."""
    members: dict[int, set[int]] = defaultdict(set)
    confirmed: dict[int, int] = {}
    typical: dict[int, list[int]] = defaultdict(list)
    rows = ClusterMember.objects.filter(cluster_id__in=list(clusters)).order_by("ticket_id")
    for cluster, ticket, sure, shown in rows.values_list(
        "cluster_id", "ticket_id", "confirmed", "is_representative"
    ).iterator(chunk_size=10_000):
        members[cluster].add(ticket)
        if ticket in gone:
            continue
        if sure:
            confirmed[ticket] = cluster
        if shown:
            typical[cluster].append(ticket)
    return members, confirmed, typical


def _anchors(
    decided: Iterable[int], confirmed: Mapping[int, int], typical: Mapping[int, list[int]]
) -> dict[int, tuple[int, ...]]:
    by_cluster: dict[int, set[int]] = defaultdict(set)
    for ticket, cluster in confirmed.items():
        by_cluster[cluster].add(ticket)
    for cluster in decided:
        by_cluster[cluster].update(typical.get(cluster, ()))
    return {cluster: tuple(sorted(found)) for cluster, found in by_cluster.items() if found}
