import numpy as np
import pytest

from analysis.fixes import FixHistory, Verdict, assess_fix, choose_baseline, weekly_totals
from analysis.rates import prediction_limit, rate_fall, rate_limits, rate_ratio

STEADY = (9, 11, 10, 8, 9, 12, 10, 9, 10, 11, 8, 10)
SPIKE = (15, 20, 18, 16)


def assess(*after, before=STEADY + SPIKE, **more):
    return assess_fix(FixHistory(before, after, **more))


def test_a_cure_is_verified_at_the_first_look_with_a_sentence():
    found = assess(1, 0, 0, 1)
    assert found.verdict is Verdict.VERIFIED
    assert found.last_look == 4
    assert found.sentence == "Your change ended about 9 incidents a week (7–11)."


def test_nothing_is_said_before_the_first_look():
    found = assess(0, 0, 0)
    assert found.verdict is Verdict.WATCHING
    assert found.sentence == "Too early to say."
    assert found.weeks_to_go == 1


def test_a_halved_rate_is_partial_and_may_still_become_verified():
    assert assess(5, 4, 6, 5).verdict is Verdict.PARTIAL
    assert assess(5, 4, 6, 5, 1, 0, 1, 0).verdict is Verdict.VERIFIED


def test_an_unchanged_rate_is_not_effective():
    found = assess(10, 11, 9, 9, 10, 12, 10, 11)
    assert found.verdict is Verdict.NOT_EFFECTIVE
    assert "did not reduce" in found.sentence


def test_a_verified_fix_whose_incidents_return_has_regressed():
    found = assess(0, 0, 0, 1, 3, 4, 5, 6)
    assert found.verdict is Verdict.REGRESSED
    assert found.relapse == (12, 9)
    assert "came back" in found.sentence


def test_what_a_look_verified_stays_under_watch_whatever_is_recounted():
    nothing_left = {"before": (0,) * 12 + SPIKE, "verified_at": 4}
    assert assess(*(0,) * 8, **nothing_left).verdict is Verdict.VERIFIED
    assert assess(0, 0, 0, 1, 3, 4, 5, 6, **nothing_left).relapse == (12, 9)
    assert assess(0, 0, 0, 0, 0, still_broken=1, **nothing_left).verdict is Verdict.REGRESSED


def test_one_report_on_a_fixed_version_is_a_regression():
    found = assess(0, 0, 0, 0, reported_on_fixed_version=True)
    assert found.verdict is Verdict.REGRESSED
    assert "on a version that contains the fix" in found.sentence


def test_a_few_returning_incidents_are_no_regression():
    assert assess(0, 0, 0, 1, 1, 0, 1, 0).verdict is Verdict.VERIFIED


def test_the_spike_that_led_to_the_choice_is_not_the_baseline():
    baseline = choose_baseline(STEADY + SPIKE)
    assert baseline.weekly == STEADY
    assert baseline.count == sum(STEADY)
    assert "12 weeks before the 4 weeks that led to the choice" in baseline.rule


def test_a_young_cause_is_measured_against_its_median_week_before_the_spike():
    baseline = choose_baseline((0, 0, 0, 0, 0, 0, 3, 8, 4, 5, 6, 5, 30, 40, 35, 30))
    assert baseline.weekly == (3, 8, 4, 5, 6, 5)
    assert baseline.count == 5 * 6
    assert not baseline.enough
    assert "median of the 6 weeks it was known for before" in baseline.rule


@pytest.mark.parametrize(
    "before", [SPIKE, (0,) * 12 + SPIKE, (1, 0, 0, 0) * 3 + SPIKE, (0, 20, 15, *SPIKE)]
)
def test_an_outbreak_that_fades_by_itself_is_no_verified_fix(before):
    found = assess(*(0,) * 12, before=before)
    assert found.verdict is Verdict.WATCHING
    assert found.baseline.count <= 3


@pytest.mark.parametrize("age", range(4, 12))
def test_a_cause_with_too_little_history_gets_no_success_from_counts(age):
    before = (0,) * (16 - age) + (12,) * age
    found = assess(*(0,) * 12, before=before)
    assert found.verdict is Verdict.WATCHING
    assert found.weeks_to_go is None
    assert found.sentence.startswith("Too little history to compare with: it had")
    assert "too little history" in found.does_not_show[1]
    assert assess(*(0,) * 12, before=(0,) * 4 + (12,) * 12).verdict is Verdict.VERIFIED


def test_a_young_cause_that_goes_on_as_before_is_called_not_effective():
    found = assess(*(40, 42) * 4, before=(38, 42, 41, 39, 40, 60, 70, 65, 66))
    assert found.verdict is Verdict.NOT_EFFECTIVE


def test_at_two_a_week_without_recurrence_one_look_at_95_percent_needs_four_weeks():
    assert rate_ratio(24, 0, 12, 4, 0.95).high < 0.5
    assert rate_ratio(24, 0, 12, 3, 0.95).high > 0.5


def test_a_rare_cause_cannot_be_verified_and_says_so():
    rare = (0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1)
    found = assess(0, 0, 0, 0, before=rare)
    assert found.verdict is Verdict.WATCHING
    assert found.weeks_to_go is None
    assert "will not be enough" in found.sentence


def test_twelve_weeks_without_an_answer_are_undecided():
    one_a_week = (1, 2, 0, 1, 1, 0, 2, 1, 1, 1, 0, 2, 1, 1, 1, 1)
    found = assess(*(1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0), before=one_a_week)
    assert found.undecided
    assert "cannot tell" in found.sentence


def test_no_history_is_no_reason_to_fail():
    found = assess_fix(FixHistory((), ()))
    assert found.verdict is Verdict.WATCHING
    assert "Too little history to compare with" in found.sentence


def test_hours_saved_follow_from_incidents_avoided():
    found = assess_fix(FixHistory(STEADY + SPIKE, (0,) * 8), minutes_per_ticket=30)
    assert found.avoided.value == pytest.approx(sum(STEADY) / 12 * 8)
    assert found.avoided.low < found.avoided.value < found.avoided.high
    assert found.hours_saved.value == pytest.approx(found.avoided.value / 2)


def test_a_control_that_fell_as_well_takes_the_credit():
    after = (5, 5, 4, 5)
    alone = assess(*after)
    control = assess(*after, exposure_before=(100.0,) * 16, exposure_after=(48.0,) * 4)
    assert alone.verdict is Verdict.PARTIAL
    assert control.verdict is Verdict.WATCHING
    assert control.ratio.ratio == pytest.approx(1, abs=0.1)
    assert any("other incidents of the service" in text for text in control.does_not_show)


def test_every_verdict_says_what_it_does_not_show():
    for after in ((), (0,) * 4, (5,) * 4, (10,) * 8):
        told = assess(*after).does_not_show
        assert told[0].startswith("Compared with")
        assert len(told) >= 3


def test_wild_series_get_wider_limits():
    wild = (0, 30, 2, 25, 0, 8, 0, 28, 1, 0, 26, 0)
    tame = assess(2, 3, 1, 2)
    wilder = assess(2, 3, 1, 2, before=wild + SPIKE)
    assert wilder.baseline.dispersion > 5
    assert wilder.ratio.high > tame.ratio.high


@pytest.mark.parametrize(
    "history",
    [
        {"before": (1,), "after": (), "exposure_before": (1.0,)},
        {"before": (1,), "after": (-1,)},
        {"before": (1,), "after": (1,), "exposure_before": (1.0,), "exposure_after": ()},
    ],
)
def test_impossible_histories_are_refused(history):
    with pytest.raises(ValueError, match=r"[Ee]xposure|negative"):
        FixHistory(**history)


def test_limits_of_a_rate_are_the_exact_poisson_ones():
    limits = rate_limits(10, 1, 1, 0.95)
    assert limits.low == pytest.approx(4.795, abs=0.001)
    assert limits.high == pytest.approx(18.390, abs=0.001)


def test_the_fall_of_a_rate_lies_inside_its_limits():
    fall = rate_fall(rate_limits(40, 4, 1, 0.95), rate_limits(4, 4, 1, 0.95))
    assert fall.low < fall.value == 9 < fall.high
    assert fall.low > 5


def test_a_prediction_limit_is_rarely_exceeded():
    random = np.random.default_rng(1)
    limit = prediction_limit(12, 4, 4, 1, 0.01)
    rates = random.gamma(12.5, 1 / 4, 4000)
    assert np.mean(random.poisson(rates * 4) > limit) < 0.02


def test_days_become_full_weeks_counted_from_the_end():
    assert weekly_totals([9, *([1] * 14)]) == (7, 7)


@pytest.mark.parametrize("phi", [1.0, 2.0, 3.0])
def test_useless_fixes_are_not_called_verified(phi):
    random = np.random.default_rng(int(phi))
    size = 6 / max(phi - 1, 1e-6)
    counts = random.poisson(random.gamma(size, 6 / size, (300, 28)))
    verdicts = [
        assess_fix(FixHistory(tuple(row[:16].tolist()), tuple(row[16:].tolist()))).verdict
        for row in counts
    ]
    wrong = sum(verdict in (Verdict.VERIFIED, Verdict.REGRESSED) for verdict in verdicts)
    assert wrong / len(verdicts) <= 0.02


def test_real_cures_are_recognised():
    random = np.random.default_rng(4)
    verdicts = [
        assess_fix(FixHistory(tuple(row.tolist()), (0,) * 12)).verdict
        for row in random.poisson(random.gamma(6, 1, (100, 16)))
    ]
    assert sum(verdict is Verdict.VERIFIED for verdict in verdicts) >= 90
