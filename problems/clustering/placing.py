"""Which stored cluster each new group continues. Pure: sets of numbers in, a plan out."""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass

from analysis.clusters import match_identities


@dataclass(frozen=True)
class Plan:
    """`kept` maps a new label to the cluster it continues; `born` labels are new clusters.

    `ended` clusters have no group of their own any more; `heirs` says which label most of an
    ended cluster's tickets went to, `parents` which cluster a born label came out of.
    """

    kept: Mapping[int, int]
    born: tuple[int, ...]
    ended: tuple[int, ...]
    heirs: Mapping[int, int]
    parents: Mapping[int, int]


def plan_identities(
    old: Mapping[int, Set[int]],
    new: Mapping[int, Set[int]],
    anchors: Mapping[int, tuple[int, ...]],
) -> Plan:
    """Clusters people decided about choose first, by where their anchors are; then overlap decides.

    A large candidate that swallows a small confirmed cluster continues the confirmed one: a
    decision is worth more than a majority.
    """
    label_of = {ticket: label for label, tickets in new.items() for ticket in tickets}
    kept: dict[int, int] = {}
    for cluster in sorted(anchors, key=lambda pk: (-len(anchors[pk]), pk)):
        seen = Counter(label_of[ticket] for ticket in anchors[cluster] if ticket in label_of)
        free = [label for label in seen if label not in kept]
        if free:
            kept[max(free, key=lambda label: (seen[label], -label))] = cluster
    pinned = set(kept.values())
    rest = match_identities(
        {pk: tickets for pk, tickets in old.items() if pk not in pinned and pk not in anchors},
        {label: tickets for label, tickets in new.items() if label not in kept},
    )
    kept.update(rest.kept)
    ended = tuple(sorted(old.keys() - kept.values()))
    return Plan(
        kept=kept,
        born=tuple(sorted(new.keys() - kept.keys())),
        ended=ended,
        heirs=_heirs(ended, old, label_of),
        parents=dict(rest.split),
    )


def _heirs(
    ended: tuple[int, ...], old: Mapping[int, Set[int]], label_of: Mapping[int, int]
) -> dict[int, int]:
    heirs: dict[int, int] = {}
    for cluster in ended:
        seen = Counter(label_of[ticket] for ticket in old[cluster] if ticket in label_of)
        if seen:
            heirs[cluster] = max(seen, key=lambda label: (seen[label], -label))
    return heirs
