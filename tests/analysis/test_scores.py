import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.scores import adjusted_rand, agreement, auc, b_cubed, recall_at, v_measure

LABELS = st.lists(st.integers(0, 4), min_size=2, max_size=30)


def test_b_cubed_of_a_worked_example():
    precision, recall, f1 = b_cubed("aabb", "xxxy")
    assert precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert recall == pytest.approx((1 + 1 + 0.5 + 0.5) / 4)
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall))


@given(LABELS)
def test_a_grouping_agrees_fully_with_itself_renamed(labels):
    found = agreement(labels, [f"group {label}" for label in labels])
    assert found.f1 == pytest.approx(1)
    assert found.ari == pytest.approx(1)
    assert found.v == pytest.approx(1)


@given(LABELS, st.randoms())
def test_scores_do_not_depend_on_the_order(labels, random):
    other = [random.randint(0, 3) for _ in labels]
    order = random.sample(range(len(labels)), len(labels))
    one = agreement(labels, other)
    two = agreement([labels[at] for at in order], [other[at] for at in order])
    assert one.f1 == pytest.approx(two.f1)
    assert one.ari == pytest.approx(two.ari)


def test_everything_in_one_group_has_no_rand_agreement():
    assert adjusted_rand("aabbcc", "xxxxxx") == 0
    assert v_measure("aabbcc", "xxxxxx") == 0


def test_ari_of_a_worked_example():
    assert adjusted_rand([0, 0, 1, 1], [0, 0, 1, 2]) == pytest.approx(4 / 7)


def test_recall_counts_queries_with_an_answer_among_the_first():
    rankings = [["a", "b"], ["c", "d"]]
    relevant = [frozenset("b"), frozenset("x")]
    assert recall_at(1, rankings, relevant) == 0
    assert recall_at(2, rankings, relevant) == 0.5


def test_auc_counts_ties_as_half():
    assert auc([1.0, 0.5], [0.5, 0.0]) == pytest.approx(0.875)


def test_labels_of_different_length_are_refused():
    with pytest.raises(ValueError, match="2 true labels but 1"):
        b_cubed("ab", "a")
