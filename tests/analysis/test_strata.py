"""Rates compared within strata: against a published example, and against the exact test."""

import pytest
from scipy.stats import binomtest

from analysis.strata import Stratum, crude, mantel_haenszel, pooled_dispersion, stratify

# Coronary deaths of British male doctors by age, smokers and non-smokers, with person-years.
# Doll and Hill, National Cancer Institute Monograph 19 (1966) 205–268; the Mantel–Haenszel ratio
# and its limits of these rows stand in Stata's manual [R] epitab (command `ir`, `by(age)`).
DOCTORS = [
    Stratum(32, 52407, 2, 18790),
    Stratum(104, 43248, 12, 10673),
    Stratum(206, 28612, 28, 5710),
    Stratum(186, 12663, 28, 2585),
    Stratum(102, 5317, 31, 1462),
]


def test_the_published_example_comes_out() -> None:
    found = mantel_haenszel(DOCTORS)
    assert found is not None
    assert found.ratio == pytest.approx(1.424682, abs=1e-6)
    assert (found.low, found.high) == (
        pytest.approx(1.154703, abs=1e-6),
        pytest.approx(1.757784, abs=1e-6),
    )
    assert crude(DOCTORS).ratio == pytest.approx(1.719823, abs=1e-6)


def test_one_stratum_by_hand() -> None:
    # 4 events in 8 against 9 in 6: R = 4·6/14, S = 9·8/14, ratio = 24/72.
    found = mantel_haenszel([Stratum(4, 8, 9, 6)])
    assert found is not None
    assert found.ratio == pytest.approx(1 / 3)
    wider = mantel_haenszel([Stratum(4, 8, 9, 6)], phi=4.0)
    assert wider is not None
    assert wider.ratio == found.ratio
    assert wider.high / wider.ratio == pytest.approx((found.high / found.ratio) ** 2)


def test_the_crude_limits_are_those_of_the_exact_test() -> None:
    found = crude([Stratum(4, 8, 9, 6)])
    limits = binomtest(4, 13, 8 / 14).proportion_ci(0.95, method="exact")
    odds = [share / (1 - share) * 6 / 8 for share in (limits.low, limits.high)]
    assert [found.low, found.high] == pytest.approx(odds)


def test_a_mixture_that_reverses_the_crude_ratio_is_seen_through() -> None:
    # Ten times the events in the second stratum, where most of the exposed are: no effect within.
    mixed = [Stratum(2, 10, 8, 40), Stratum(80, 40, 20, 10)]
    found = mantel_haenszel(mixed)
    assert found is not None
    assert found.ratio == pytest.approx(1.0)
    assert crude(mixed).ratio > 2.5


@pytest.mark.parametrize(
    "strata",
    [
        [],
        [Stratum(3, 5, 0, 0)],
        [Stratum(0, 5, 0, 5)],
        [Stratum(0, 5, 4, 5)],
        [Stratum(4, 5, 0, 5), Stratum(0, 0, 9, 3)],
    ],
)
def test_what_cannot_be_compared_gives_nothing(strata: list[Stratum]) -> None:
    assert mantel_haenszel(strata) is None


def test_dispersion_is_counted_around_the_mean_of_each_cell() -> None:
    # Cell one: mean 4, deviations 16 + 16 over 4 = 8, one degree; cell two: spread 0, two degrees.
    assert pooled_dispersion([[0, 8], [3, 3, 3]]) == pytest.approx(8 / 3)
    assert pooled_dispersion([[2, 2], [5], [0, 0]]) == 1.0
    assert pooled_dispersion([]) == 1.0


def test_rows_become_strata() -> None:
    found = stratify([("a", True, 2), ("a", False, 1), ("a", True, 0), ("b", False, 5)])
    assert found == {"a": Stratum(2, 2, 1, 1), "b": Stratum(0, 0, 5, 1)}
