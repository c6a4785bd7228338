"""Chance of being best and expected regret."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_t, t

from experiments.paired.best import standings
from experiments.paired.difference import deviation
from tests.experiments.paired.worlds import contributions, generator

TABLE = contributions(generator(61), 1, effects=(0.0, 0.1, 0.15))[0].mean(axis=2)


def test_two_policies_have_the_chances_of_students_t():
    """20,000 draws: 1.5 % off would be four standard errors; a normal in place of t is 1.8 % off at 4 seeds."""
    table = TABLE[:2, :4]
    minus = table[1] - table[0]
    error, mean = deviation(minus) / 2.0, float(minus.mean())
    base, ours = standings(table)
    assert ours.best == pytest.approx(t.cdf(mean / error, 3), abs=0.015)
    lost, _ = quad(lambda x: t.sf((x - mean) / error, 3), 0.0, np.inf)  # expected lead of the policy over the baseline
    assert base.regret == pytest.approx(lost, rel=0.05)
    assert base.regret - ours.regret == pytest.approx(mean, abs=0.05 * error)


def test_three_policies_move_together_as_they_did_over_seeds():
    """Against scipy's multivariate t of the two differences."""
    minus = TABLE[1:] - TABLE[0]
    peer = multivariate_t(minus.mean(axis=1), np.cov(minus) / 20, df=19).rvs(20_000, random_state=generator(62))
    means = np.column_stack([np.zeros(len(peer)), peer])
    expected = np.bincount(means.argmax(axis=1), minlength=3) / len(peer)
    found = standings(TABLE)
    assert [one.best for one in found] == pytest.approx(expected.tolist(), abs=0.02)
    lost = (means.max(axis=1, keepdims=True) - means).mean(axis=0)
    assert [one.regret for one in found] == pytest.approx(lost.tolist(), rel=0.05, abs=1e-3)


def test_a_market_that_moves_all_policies_alike_changes_nothing():
    luck = 100.0 * generator(63).normal(size=20)
    for one, other in zip(standings(TABLE), standings(TABLE + luck), strict=True):
        assert (one.best, one.regret) == pytest.approx((other.best, other.regret), abs=1e-3)


def test_identical_policies_share_the_chance():
    alone, joined = standings(TABLE), standings(TABLE[[0, 1, 2, 2]])
    assert (joined[2].best, joined[2].regret) == (joined[3].best, joined[3].regret)
    assert joined[2].best == pytest.approx(alone[2].best / 2.0, abs=0.02)
    assert sum(one.best for one in joined) == pytest.approx(1.0)
    assert [(one.best, one.regret) for one in standings([[1.0, 2.0]] * 4)] == [(0.25, 0.0)] * 4


def test_for_a_cost_the_smallest_is_best():
    assert standings(-TABLE, largest_is_better=False) == standings(TABLE)
    (low, high) = standings([[1.0, 2.0], [3.0, 4.0]], largest_is_better=False)
    assert (low.best, low.regret, high.best, high.regret) == (1.0, 0.0, 0.0, 2.0)
