"""Keep a cluster's identity when the next run draws its border a little differently."""

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass

MIN_OVERLAP = 0.3
"""Below this Jaccard overlap the new cluster is another cluster, not the old one changed."""


@dataclass(frozen=True, slots=True)
class Move:
    """One member whose cluster changed; None means "in no cluster" on that side."""

    member: int
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class IdentityMatch:
    """How the labels of a new run continue the identities of the old one.

    `kept` maps a new label to the old identity it continues; `born` are new labels without a
    past; `ended` old identities without a future. `merged` and `split` tell where members of an
    ended identity went and which born label came out of which old identity. `moved` lists the
    members whose identity changed; a born label appears there as a negative number, -1 - label.
    """

    kept: Mapping[int, int]
    born: tuple[int, ...]
    ended: tuple[int, ...]
    merged: Mapping[int, int]
    split: Mapping[int, int]
    moved: tuple[Move, ...]


def _overlaps(
    old: Mapping[int, Set[int]], new: Mapping[int, Set[int]]
) -> list[tuple[float, int, int, int]]:
    home = defaultdict(list)
    for identity, members in old.items():
        for member in members:
            home[member].append(identity)
    found: list[tuple[float, int, int, int]] = []
    for label, members in new.items():
        shared: dict[int, int] = defaultdict(int)
        for member in members:
            for identity in home.get(member, ()):
                shared[identity] += 1
        for identity, count in shared.items():
            jaccard = count / (len(members) + len(old[identity]) - count)
            found.append((jaccard, count, identity, label))
    return sorted(found, key=lambda row: (-row[0], -row[1], row[2], row[3]))


def _moves(
    old: Mapping[int, Set[int]], new: Mapping[int, Set[int]], kept: Mapping[int, int]
) -> tuple[Move, ...]:
    before = {member: identity for identity, members in old.items() for member in members}
    after = {
        member: kept.get(label, -1 - label) for label, members in new.items() for member in members
    }
    everyone = sorted(before.keys() | after.keys())
    return tuple(
        Move(member, before.get(member), after.get(member))
        for member in everyone
        if before.get(member) != after.get(member)
    )


def match_identities(
    old: Mapping[int, Set[int]],
    new: Mapping[int, Set[int]],
    *,
    min_overlap: float = MIN_OVERLAP,
) -> IdentityMatch:
    """Match new labels to old identities one to one, the largest overlap of members first.

    Members that only one of the runs knows count against the overlap, so a cluster that grew
    from 5 to 50 is still itself only while enough of it was there before: a strong share of the
    old members (two thirds or more going to one new label) also keeps the identity.
    """
    kept: dict[int, int] = {}
    taken: set[int] = set()
    pairs = _overlaps(old, new)
    for jaccard, count, identity, label in pairs:
        enough = jaccard >= min_overlap or 3 * count >= 2 * len(old[identity])
        if enough and identity not in taken and label not in kept:
            kept[label] = identity
            taken.add(identity)
    main_heir: dict[int, int] = {}
    main_parent: dict[int, int] = {}
    for _, count, identity, label in sorted(pairs, key=lambda row: (-row[1], row[2], row[3])):
        if 2 * count > len(old[identity]):
            main_heir.setdefault(identity, label)
        if 2 * count > len(new[label]):
            main_parent.setdefault(label, identity)
    ended = tuple(sorted(old.keys() - taken))
    born = tuple(sorted(new.keys() - kept.keys()))
    return IdentityMatch(
        kept=kept,
        born=born,
        ended=ended,
        merged={
            identity: kept[main_heir[identity]]
            for identity in ended
            if identity in main_heir and main_heir[identity] in kept
        },
        split={label: main_parent[label] for label in born if label in main_parent},
        moved=_moves(old, new, kept),
    )
