from hypothesis import given
from hypothesis import strategies as st

from analysis.identities import Move, match_identities

GROUPING = st.dictionaries(st.integers(0, 30), st.integers(0, 5), min_size=1, max_size=30).map(
    lambda labels: {
        label: frozenset(one for one, own in labels.items() if own == label)
        for label in set(labels.values())
    }
)


def test_a_cluster_that_changed_a_little_keeps_its_identity():
    match = match_identities({7: {1, 2, 3, 4}}, {0: {1, 2, 3, 9}})
    assert match.kept == {0: 7}
    assert match.moved == (Move(4, 7, None), Move(9, None, 7))


def test_the_larger_part_of_a_split_keeps_the_identity():
    match = match_identities({7: {1, 2, 3, 4, 5}}, {0: {1, 2, 3}, 1: {4, 5}})
    assert match.kept == {0: 7}
    assert match.born == (1,)
    assert match.split == {1: 7}
    assert match.moved == (Move(4, 7, -2), Move(5, 7, -2))


def test_a_merge_ends_the_smaller_identity_and_says_where_it_went():
    match = match_identities({7: {1, 2, 3}, 8: {4, 5}}, {0: {1, 2, 3, 4, 5}})
    assert match.kept == {0: 7}
    assert match.ended == (8,)
    assert match.merged == {8: 7}


def test_a_cluster_that_grew_many_times_is_still_itself():
    match = match_identities({7: {1, 2, 3}}, {0: set(range(1, 40))})
    assert match.kept == {0: 7}


def test_too_little_overlap_is_another_cluster():
    match = match_identities({7: {1, 2, 3, 4}}, {0: {4, 5, 6, 7, 8}})
    assert match.kept == {}
    assert match.born == (0,)
    assert match.ended == (7,)


@given(GROUPING, GROUPING)
def test_matching_is_one_to_one_and_nothing_is_lost(old, new):
    match = match_identities(old, new)
    assert len(set(match.kept.values())) == len(match.kept)
    assert set(match.kept) | set(match.born) == set(new)
    assert set(match.kept.values()) | set(match.ended) == set(old)


@given(GROUPING)
def test_the_same_grouping_moves_nobody(groups):
    match = match_identities(groups, groups)
    assert match.kept == {label: label for label in groups}
    assert match.moved == ()
