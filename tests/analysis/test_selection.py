"""Which branches of a tree of merges are causes: small trees whose answer is known by hand."""

import numpy as np
import pytest

from analysis.selection import Round, choose_causes


def one(left, right, score):
    """A round of a single merge."""
    return Round(
        np.array([left], dtype=np.int32),
        np.array([right], dtype=np.int32),
        np.array([score], dtype=np.float32),
    )


def chosen(leaves, tight, loose=(), sizes=None, spread=None, cut=0.4, ceiling=0.8):
    """The groups of two or more leaves, and leaves that stand for several tickets."""
    sizes = np.ones(leaves, dtype=np.float32) if sizes is None else np.float32(sizes)
    spread = np.ones(leaves, dtype=np.float32) if spread is None else np.float32(spread)
    found = choose_causes(
        sizes,
        spread,
        [one(*merge) for merge in tight],
        [one(*merge) for merge in loose],
        cut=cut,
        ceiling=ceiling,
    )
    groups = {}
    for leaf, number in enumerate(found.tolist()):
        groups.setdefault(number, []).append(leaf)
    return sorted(group for group in groups.values() if len(group) > 1)


# Two pairs, each 0.7 alike.
PAIRS = [(0, 1, 0.7), (2, 3, 0.7)]


def test_a_group_that_lives_longer_than_its_parts_stays_whole():
    # Whole: 4 members from 0 to 0.45. Parted: 2 × 2 from 0.45 to 0.7.
    assert chosen(4, [*PAIRS, (0, 2, 0.45)]) == [[0, 1, 2, 3]]


def test_parts_that_outlive_what_holds_them_together_are_causes_of_their_own():
    # Parted from a neighbour at 0.35 the whole lives 4 × 0.1, its parts 4 × 0.25.
    tight = [*PAIRS, (0, 2, 0.45), (4, 5, 0.7)]
    assert chosen(6, tight, loose=[(0, 4, 0.35)]) == [[0, 1], [2, 3], [4, 5]]


def test_single_tickets_that_drop_off_do_not_part_a_group():
    tight = [*PAIRS, (0, 2, 0.68), (0, 4, 0.5), (0, 5, 0.45)]
    assert chosen(6, tight) == [[0, 1, 2, 3, 4, 5]]


def test_what_is_alike_above_the_ceiling_is_never_told_apart():
    tight = [(0, 1, 0.99), (2, 3, 0.99), (0, 2, 0.82), (4, 5, 0.9)]
    loose = [(0, 4, 0.39)]
    assert chosen(6, tight, loose, ceiling=0.8) == [[0, 1, 2, 3], [4, 5]]
    assert chosen(6, [(0, 1, 0.99), (2, 3, 0.99), (0, 2, 0.5), (4, 5, 0.9)], loose) == [
        [0, 1],
        [2, 3],
        [4, 5],
    ]


def test_with_the_ceiling_at_the_cut_it_is_the_plain_cut():
    tight = [*PAIRS, (0, 2, 0.45), (4, 5, 0.7)]
    loose = [(0, 4, 0.35)]
    assert chosen(6, tight, loose, cut=0.4, ceiling=0.4) == [[0, 1, 2, 3], [4, 5]]


def test_what_came_together_below_the_cut_is_no_cause():
    assert chosen(4, PAIRS, loose=[(0, 2, 0.35)]) == [[0, 1], [2, 3]]
    # Not even if people's words kept two alike groups apart until then.
    assert chosen(4, PAIRS, loose=[(0, 2, 0.69)]) == [[0, 1], [2, 3]]


def test_a_single_ticket_drawn_in_below_the_cut_is_left_out_and_its_group_kept():
    assert chosen(3, [(0, 1, 0.6)], loose=[(0, 2, 0.35)]) == [[0, 1]]


def test_a_leaf_of_several_tickets_is_a_group():
    # Fifty equal alerts and a pair: the pair does not drop off, it parts.
    tight = [(1, 2, 0.6), (3, 4, 0.7), (0, 1, 0.42)]
    loose = [(0, 3, 0.39)]
    sizes = [50, 1, 1, 1, 1]
    assert chosen(5, tight, loose, sizes=sizes) == [[1, 2], [3, 4]]
    # With a spread of 0.42 the leaf has no life of its own: it takes the pair in.
    spread = [0.42, 1, 1, 1, 1]
    assert chosen(5, tight, loose, sizes=sizes, spread=spread) == [[0, 1, 2], [3, 4]]


def test_nothing_to_merge_leaves_everybody_alone():
    assert chosen(3, []) == []
    assert len(choose_causes(np.zeros(0), np.zeros(0), [], [], cut=0.4, ceiling=0.8)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_every_cause_is_a_branch_at_least_as_tight_as_the_cut(seed):
    random = np.random.default_rng(seed)
    alive, tight, loose, height = list(range(40)), [], [], 0.95
    members = {leaf: {leaf} for leaf in alive}
    branches = [{leaf} for leaf in alive]
    while len(alive) > 1:
        height -= random.random() * 0.03
        left, right = (int(x) for x in random.choice(alive, 2, replace=False))
        alive.remove(right)
        members[left] = members[left] | members[right]
        (tight if height >= 0.4 else loose).append((left, right, height))
        if height >= 0.4:
            branches.append(members[left])
    for group in chosen(40, tight, loose):
        assert set(group) in branches
