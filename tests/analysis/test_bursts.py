from datetime import UTC, datetime, timedelta

import pytest

from analysis.bursts import (
    ChangeCandidate,
    burst_of,
    dispersion,
    first_seen_after,
    onset,
    upper_tail,
)

WEEKS = (24, 31, 26, 28, 25, 30, 27, 22, 29, 26)
NOW = datetime(2025, 3, 31, 12, tzinfo=UTC)


def test_an_outage_is_a_burst_with_its_ratio():
    burst = burst_of(WEEKS, 90, organisations=5)
    assert burst.is_burst
    assert (burst.weeks, burst.expected) == (10, pytest.approx((sum(WEEKS) + 0.5) / 10))
    assert burst.ratio == pytest.approx(90 / burst.expected, abs=0.005)


def test_an_ordinary_week_is_no_burst():
    burst = burst_of(WEEKS, 33, organisations=5)
    assert not burst.is_burst
    assert burst.chance > 0.01


def test_one_organisation_and_three_tickets_are_never_a_burst():
    assert not burst_of(WEEKS, 200, organisations=1).is_burst
    assert not burst_of((0,) * 10, 3, organisations=3).is_burst


def test_a_cluster_without_history_can_burst_but_a_desk_without_history_cannot():
    burst = burst_of((0,) * 12, 9, organisations=3)
    assert (burst.is_burst, burst.ratio) == (True, 9.0)
    young = burst_of((0,) * 7, 9, organisations=3)
    assert (young.is_burst, young.ratio, young.weeks) == (False, None, 0)


def test_a_few_quiet_weeks_do_not_make_a_series_tame():
    # By its own weeks alone (φ = 1) five tickets would have a chance of 0.0003.
    quiet = (0, 1, 0, 1, 0, 1, 0, 1)
    assert upper_tail(5, 0.5625, 1.0) < 0.001
    assert burst_of(quiet, 5, organisations=3).chance > 0.001
    assert not burst_of(quiet, 5, organisations=3).is_burst


def test_a_burst_is_higher_than_every_week_before_it():
    once = (*(2,) * 11, 20)
    assert not burst_of(once, 20, organisations=5).is_burst
    assert burst_of((*(2,) * 11, 3), 20, organisations=5).is_burst


def test_the_weeks_before_the_last_twelve_do_not_count():
    assert burst_of((500, *WEEKS, *WEEKS[:2]), 90, organisations=5).is_burst


def test_dispersion_is_one_for_tame_series_and_grows_with_wildness():
    assert dispersion([5, 5, 5, 5]) == 1
    assert dispersion([0, 20, 0, 20]) > 10
    assert dispersion([]) == dispersion([0, 0]) == 1


def test_the_upper_tail_is_that_of_the_known_distributions():
    assert upper_tail(0, 3.0, 1.0) == 1
    assert upper_tail(5, 2.0, 1.0) == pytest.approx(0.0526530, rel=1e-5)
    assert upper_tail(5, 2.0, 2.5) == pytest.approx(0.1229058, rel=1e-5)


def change(identity, hours, component="same", **more):
    return ChangeCandidate(identity, NOW - timedelta(hours=hours), component, **more)


def test_the_nearest_change_on_the_same_component_comes_first_with_its_parts():
    found = first_seen_after(NOW, [change(1, 100), change(2, 5), change(3, 5, "service")])
    assert [one.id for one in found] == [2, 3, 1]
    best = found[0]
    assert best.score == pytest.approx(best.time + best.component + best.text + best.surge)
    assert best.component == 0.25
    assert best.reasons[:2] == ("began 5 hours after this change", "changes the same component")


def test_a_change_after_the_incident_or_too_long_before_is_no_candidate():
    assert first_seen_after(NOW, [change(1, -1), change(2, 24 * 15)]) == ()


def test_a_surge_and_a_likeness_of_words_count():
    plain = change(1, 10)
    telling = change(2, 10, similarity=0.8, count_since=20, expected_since=2.0)
    found = first_seen_after(NOW, [plain, telling])
    assert found[0].id == 2
    assert "20 incidents since, about 2 expected" in found[0].reasons
    assert found[0].surge == pytest.approx(0.15, abs=0.001)


def test_at_most_three_changes_are_shown():
    assert len(first_seen_after(NOW, [change(at, at + 1) for at in range(6)])) == 3


def hours_before(*hours):
    return [NOW - timedelta(hours=one) for one in hours]


def test_a_surge_began_where_few_became_many():
    surge = hours_before(3, 2.8, 2.2, 2, 1.5, 1.2, 1, 0.5, 0.2, 0)
    assert onset(surge) == surge[0]
    strays = hours_before(172, 51)
    assert onset([*surge, *strays]) == surge[0]
    months = hours_before(*range(100, 4000, 130))
    assert onset([*months, *surge]) == surge[0]


def test_even_times_two_times_and_a_surge_that_fades_began_with_the_first():
    assert onset([]) is None
    even = hours_before(*range(0, 500, 20))
    assert onset(even) == min(even)
    assert onset(hours_before(90, 0)) == NOW - timedelta(hours=90)
    fading = hours_before(200, 199.5, 199, 198, 197, 196, 170, 140, 60, 0)
    assert onset(fading) == min(fading)
    # The nights and a weekend within it do not cut it.
    working = hours_before(*(24 * day + hour for day in (0, 1, 2, 5, 6) for hour in (0, 2, 4, 6)))
    assert onset(working) == min(working)
