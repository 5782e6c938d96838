import pytest

from analysis.evidence import Burden, SupportWeights, percentile, support_scores

HEAVY = Burden(1, 570.0, 17, 0.12, 3, has_workaround=False)
LIGHT = Burden(2, 20.0, 2, -0.2, 1, has_workaround=True)
MIDDLE = Burden(3, 60.0, 5, 0.0, 2, has_workaround=True)


def test_the_worst_cause_comes_first_and_its_parts_sum_to_the_score():
    scores = support_scores([LIGHT, HEAVY, MIDDLE])
    assert [one.id for one in scores] == [1, 3, 2]
    for one in scores:
        parts = one.cost + one.reach + one.trend + one.severity + one.no_workaround
        assert one.score == pytest.approx(parts)
        assert 0 <= one.score <= 100


def test_a_score_says_what_it_consists_of():
    assert support_scores([HEAVY, LIGHT])[0].in_words().startswith("78 of 100: cost 26, reach 19")


def test_weights_are_normalised():
    doubled = SupportWeights(0.7, 0.5, 0.3, 0.3, 0.2)
    assert support_scores([HEAVY, LIGHT], doubled) == support_scores([HEAVY, LIGHT])


def test_weights_of_nothing_are_refused():
    with pytest.raises(ValueError, match="above zero"):
        support_scores([HEAVY], SupportWeights(0, 0, 0, 0, 0))


def test_no_open_causes_have_no_scores():
    assert support_scores([]) == ()


def test_equal_values_share_a_percentile():
    assert percentile(2, [1, 2, 2, 3]) == 0.5
    assert percentile(3, [1, 2, 2, 3]) == 0.875
