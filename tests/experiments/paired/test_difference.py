"""Paired differences, shares of the baseline, and what sharing the luck saves."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from experiments.paired import student
from experiments.paired.difference import differences
from experiments.paired.relative import relative
from experiments.paired.values import complete, ratios
from sim.errors import RegularsError
from tests.experiments.paired.worlds import CUSTOMERS, DESK, HIGH, LOW, MANY, contributions, generator

TABLE = contributions(generator(21), 1, effects=(0.0, 0.4, -0.2))[0].mean(axis=2)
tables = arrays(np.float64, (3, 6), elements=st.integers(-1000, 1000).map(float))


def test_interval_and_p_are_those_of_statsmodels():
    for found, row in zip(differences(TABLE, baseline=1, level=0.9, p_values=True), (0, 2), strict=True):
        peer = DescrStatsW(TABLE[row] - TABLE[1])
        assert found.policy == row and found.seeds == 20 and not found.identical
        assert (found.low, found.high) == pytest.approx(peer.tconfint_mean(0.1), rel=1e-9)
        assert found.p_value == pytest.approx(peer.ttest_mean()[1], rel=1e-9)
        assert found.baseline_mean == TABLE[1].mean()


def test_a_policy_against_itself_is_identical():
    """A/A on the same seeds: exactly 0, no p, nothing gained; from one seed too."""
    for table in (TABLE[[0, 0]], TABLE[[0, 0], :1]):
        (found,) = differences(table, p_values=True)
        assert found.identical and found.mean == 0.0 and found.p_value is None
        assert found.variance_ratio is None and found.independent_seeds is None
    (found,) = differences(TABLE[[0, 0]])
    assert (found.low, found.high) == (0.0, 0.0) and found.relative is not None
    assert dataclasses.astuple(found.relative) == (0.0, 0.0, 0.0)
    nearly = TABLE[[0, 0]]
    nearly[1, 3] += 1e-9
    assert not differences(nearly)[0].identical


def test_a_constant_difference_is_certain_and_not_identical():
    (found,) = differences([[1.0, 2.0, 5.0], [2.0, 3.0, 6.0]], p_values=True)
    assert (found.low, found.mean, found.high, found.p_value) == (1.0, 1.0, 1.0, 0.0)


def test_one_seed_gives_a_figure_without_interval():
    (found,) = differences([[2.0], [3.0]], p_values=True)
    assert (found.mean, found.half_width, found.low, found.p_value) == (1.0, None, None, None)
    assert found.relative is not None and (found.relative.mean, found.relative.low) == (0.5, None)


@settings(max_examples=50, deadline=None)
@given(tables, arrays(np.float64, 6, elements=st.integers(-1000, 1000).map(float)))
def test_luck_that_all_policies_share_changes_no_difference(table, luck):
    ours, moved = differences(table), differences(table + luck)
    for one, other in zip(ours, moved, strict=True):
        assert (one.mean, one.half_width) == pytest.approx((other.mean, other.half_width))
        assert one.identical == other.identical


@settings(max_examples=50, deadline=None)
@given(tables)
def test_swapping_the_roles_turns_the_sign(table):
    there, back = differences(table[:2]), differences(table[:2], baseline=1)
    assert there[0].mean == -back[0].mean and there[0].half_width == back[0].half_width


def test_the_seeds_that_independent_worlds_need_are_the_fewest_that_do():
    """At that number Welch's interval of statsmodels is no wider, one seed earlier it is."""
    (found,) = differences(TABLE[:2])
    assert found.independent_seeds is not None and found.half_width is not None

    def width(seeds: int) -> float:
        arms = []
        for row in TABLE[:2]:
            z = generator(1).normal(size=seeds)
            arms.append((z - z.mean()) / z.std(ddof=1) * row.std(ddof=1))
        low, high = CompareMeans.from_data(*arms).tconfint_diff(usevar="unequal")
        return float(high - low) / 2.0

    assert width(found.independent_seeds) <= found.half_width < width(found.independent_seeds - 1)


def test_the_variance_ratio_is_what_the_worlds_were_built_with():
    """Over 4,000 seeds the ratio has a standard error of 3 %; 12 % off would be four of them."""
    (found,) = differences(contributions(generator(22), 1, seeds=4000)[0].mean(axis=2))
    own = DESK**2 + 1.0 / CUSTOMERS
    assert found.variance_ratio == pytest.approx((1.0 + 1.0 / CUSTOMERS + own) / own, rel=0.12)


def test_fieller_is_the_test_turned_inside_out():
    """At both ends the paired t test of `ours - (1 + share) base` stands at its critical value."""
    share = relative(TABLE[1], TABLE[0], 0.95)
    assert share is not None and share.low is not None and share.high is not None
    for end in (share.low, share.high):
        t = DescrStatsW(TABLE[1] - (1.0 + end) * TABLE[0]).ttest_mean()[0]
        assert abs(t) == pytest.approx(student.quantile(0.95, 19), rel=1e-6)


def baseline_known(ours, base):
    """Planted fault: the interval of the difference over a baseline mean taken as known."""
    (found,) = differences([base, ours])
    return found.low / base.mean(), found.high / base.mean()


def with_fieller(ours, base):
    share = relative(ours, base, 0.95)
    return share.low, share.high


@pytest.mark.parametrize(
    ("interval", "right"), [(with_fieller, True), (baseline_known, False)], ids=["as it is", "fault"]
)
def test_a_known_share_is_covered_93_to_97_percent_of_the_time(interval, right):
    """1,000 comparisons of a policy that doubles the outcome; error rates as in test_rates."""
    draw = generator(23)
    base = 10.0 + 2.0 * draw.normal(size=(MANY, 20))
    ours = 2.0 * base + 0.5 * draw.normal(size=base.shape)
    ends = [interval(*pair) for pair in zip(ours, base, strict=True)]
    assert (LOW <= sum(not low <= 1.0 <= high for low, high in ends) <= HIGH) == right


def test_no_share_of_a_baseline_that_cannot_be_told_from_nothing():
    luck = generator(24).normal(size=20)
    assert relative(luck + 5.0, luck - luck.mean(), 0.95) is None
    assert relative(luck, luck - luck.mean() + 0.1, 0.95) is None
    assert relative(luck, luck - 100.0, 0.95) is None


def test_a_ratio_of_totals_weighs_seeds_alike():
    found = ratios([[10.0, 90.0]], [[10.0, 30.0]])
    assert found.tolist() == [[1.0, 3.0]] and found.mean() == 2.0
    for bad in ([[10.0, 0.0]], [[10.0]]):
        with pytest.raises(RegularsError, match="denominators"):
            ratios([[10.0, 90.0]], bad)


@pytest.mark.parametrize(
    ("values", "baseline", "word"),
    [
        ([1.0, 2.0], 0, "shape"),
        ([[1.0, math.nan]], 0, "policy 0, seed 1"),
        ([[1.0, 2.0]], 1, "baseline"),
        ([["a", 2.0]], 0, "numbers"),
        (np.zeros((2, 0)), 0, "shape"),
    ],
)
def test_what_is_no_outcome_is_refused_in_one_line(values, baseline, word):
    with pytest.raises(RegularsError, match=word) as caught:
        differences(values, baseline)
    assert "\n" not in str(caught.value)


def test_a_level_is_between_0_and_1():
    for level in (0.0, 1.0, 95.0, math.nan):
        with pytest.raises(RegularsError, match="level"):
            differences(TABLE, level=level)


def test_a_failed_run_costs_its_seed():
    assert complete([[1.0, math.nan, 3.0], [1.0, 2.0, math.inf]]).tolist() == [True, False, False]
