"""The statistics of fixes against independent computations, and what must hold for all counts."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.fixes import LEVEL, LOOKS, FixHistory, Verdict, assess_fix, choose_baseline
from analysis.rates import prediction_limit, rate_limits, rate_ratio

COUNTS = st.integers(0, 60)
WEEKS = st.lists(st.integers(0, 25), min_size=16, max_size=24).map(tuple)
# Also causes too young for a baseline, and those that hardly ever came before.
ANY_WEEKS = st.lists(st.sampled_from([0, 0, 0, 1, 8, 25]), min_size=4, max_size=24).map(tuple)
AFTER = st.lists(st.integers(0, 25), max_size=16).map(tuple)
EXPOSURE = st.floats(0.5, 50)
FINAL = (Verdict.VERIFIED, Verdict.REGRESSED)


@given(COUNTS, COUNTS, EXPOSURE, EXPOSURE, st.sampled_from([0.9, 0.95, LEVEL]))
def test_limits_are_those_of_the_exact_binomial_test(before, after, e0, e1, level):
    assume(before + after > 0)
    share = e1 / (e0 + e1)
    test = stats.binomtest(after, before + after, share, alternative="two-sided")
    limits = test.proportion_ci(level, method="exact")
    found = rate_ratio(before, after, e0, e1, level)
    scale = e0 / e1
    assert found.low == pytest.approx(limits.low / (1 - limits.low) * scale, rel=1e-6)
    if limits.high < 1:
        assert found.high == pytest.approx(limits.high / (1 - limits.high) * scale, rel=1e-6)
    else:
        assert found.high == math.inf
    one_sided = stats.binomtest(after, before + after, share, alternative="less").pvalue
    assert found.chance == pytest.approx(one_sided, abs=1e-9)


def test_a_published_comparison_of_two_rates_comes_out_the_same():
    # Eleven events in 800 against 21 in 3011: the worked example of R's poisson.test.
    found = rate_ratio(21, 11, 1083 + 1050 + 878, 800, 0.95)
    assert found.ratio == pytest.approx(1.971488, abs=1e-6)
    assert found.low == pytest.approx(0.8584264, abs=1e-6)
    assert found.high == pytest.approx(4.2772659, abs=1e-6)


@given(st.integers(0, 200), EXPOSURE, st.sampled_from([0.9, 0.95]))
def test_limits_of_one_rate_are_the_chi_squared_ones(count, exposure, level):
    tail = (1 - level) / 2
    found = rate_limits(count, exposure, 1.0, level)
    low = stats.chi2.ppf(tail, 2 * count) / 2 if count else 0.0
    assert found.low == pytest.approx(low / exposure, rel=1e-6)
    assert found.high == pytest.approx(stats.chi2.ppf(1 - tail, 2 * count + 2) / 2 / exposure)


@given(st.integers(0, 40), st.integers(4, 12), st.sampled_from([0.01, 0.001]))
def test_the_prediction_limit_is_that_of_the_negative_binomial(count, weeks, chance):
    limit = prediction_limit(count, weeks, 4, 1.0, chance)
    usual = stats.nbinom(count + 0.5, weeks / (weeks + 4))
    assert usual.sf(limit) < chance
    assert limit == 0 or usual.sf(limit - 1) >= chance


@given(COUNTS, COUNTS, EXPOSURE, EXPOSURE)
def test_limits_enclose_the_ratio_and_grow_with_the_level(before, after, e0, e1):
    assume(before > 0)
    wide = rate_ratio(before, after, e0, e1, LEVEL)
    narrow = rate_ratio(before, after, e0, e1, 0.9)
    assert wide.low <= narrow.low <= narrow.ratio <= narrow.high <= wide.high


@given(st.integers(1, 60), st.integers(1, 60), EXPOSURE, EXPOSURE)
def test_looking_from_the_other_side_turns_the_ratio_over(before, after, e0, e1):
    there = rate_ratio(before, after, e0, e1, 0.95)
    back = rate_ratio(after, before, e1, e0, 0.95)
    assert there.ratio == pytest.approx(1 / back.ratio)
    assert there.low == pytest.approx(1 / back.high)
    assert there.high == pytest.approx(1 / back.low)


@given(WEEKS | ANY_WEEKS, AFTER, st.lists(st.integers(0, 200), min_size=4, max_size=4))
def test_the_spike_changes_nothing(before, after, spike):
    one = assess_fix(FixHistory(before, after))
    other = assess_fix(FixHistory((*before[:-4], *spike), after))
    assert one == other


@given(WEEKS, AFTER)
@settings(max_examples=60)
def test_nothing_is_decided_between_the_looks(before, after):
    found = assess_fix(FixHistory(before, after))
    if found.verdict is Verdict.REGRESSED:
        assert any(
            assess_fix(FixHistory(before, after[:look])).verdict is Verdict.VERIFIED
            for look in LOOKS
        )
        return
    looked = max((look for look in LOOKS if look <= len(after)), default=0)
    assert found.verdict is assess_fix(FixHistory(before, after[:looked])).verdict


@given(WEEKS, st.lists(st.integers(0, 25), min_size=4, max_size=12).map(tuple))
@settings(max_examples=60)
def test_fewer_incidents_never_make_the_ratio_larger(before, after):
    fewer = tuple(count // 2 for count in after)
    more, less = (assess_fix(FixHistory(before, weeks)) for weeks in (after, fewer))
    if more.last_look == less.last_look:
        assert less.ratio.high <= more.ratio.high
    assert less.verdict is not Verdict.NOT_EFFECTIVE or more.verdict is Verdict.NOT_EFFECTIVE


@given(WEEKS, AFTER, st.floats(0.1, 1000))
@settings(max_examples=60)
def test_the_unit_of_exposure_does_not_matter(before, after, unit):
    plain = assess_fix(FixHistory(before, after))
    scaled = assess_fix(
        FixHistory(
            before,
            after,
            exposure_before=(unit,) * len(before),
            exposure_after=(unit,) * len(after),
        )
    )
    # A limit may lie on a border to the last digit.
    if all(abs(plain.ratio.high - border) > 1e-9 for border in (0.5, 1.0)):
        assert plain.verdict is scaled.verdict
    assert plain.avoided.value == pytest.approx(scaled.avoided.value, abs=1e-6)


@given(WEEKS, AFTER)
@settings(max_examples=60)
def test_every_assessment_has_an_interval_round_its_value_and_a_sentence(before, after):
    assume(any(before))
    found = assess_fix(FixHistory(before, after), minutes_per_ticket=20)
    for interval in (found.fall_per_week, found.avoided, found.hours_saved):
        assert interval.low <= interval.value <= interval.high
    assert found.sentence.endswith(".")
    assert found.does_not_show
    baseline = choose_baseline(before)
    if not baseline.weeks:
        assert found.avoided.value == 0
        return
    expected = baseline.count / baseline.exposure * len(after)
    assert found.avoided.value == pytest.approx(expected - sum(after), abs=1e-6)


@pytest.mark.parametrize("phi", [1.0, 2.0])
def test_the_interval_of_the_fall_covers_the_true_one(phi):
    random = np.random.default_rng(int(10 * phi))

    def draw(mean, size):
        if phi == 1:
            return random.poisson(mean, size)
        return random.negative_binomial(mean / (phi - 1), 1 / phi, size)

    inside = 0
    for before, after in zip(draw(8.0, (300, 16)), draw(2.0, (300, 8)), strict=True):
        history = FixHistory(tuple(before.tolist()), tuple(after.tolist()))
        fall = assess_fix(history).fall_per_week
        inside += fall.low <= 6.0 <= fall.high
    assert inside / 300 >= 0.92
