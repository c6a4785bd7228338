"""Points plus cash: who takes it, what it costs, and that it changes nothing as long as it is off."""

from dataclasses import replace

import numpy as np
import pytest

from policies.points import Points
from policies.testing.whole import unbalanced
from policies.testing.worlds import differing, same_orders, told
from sim.contract import PointsProgramme
from sim.measure.summary import revaluation
from sim.shop.counter import PolicyError, checked_programme
from sim.shop.money import COLUMN, MONEY
from tests.worlds import small, trade

CLUB = Points(earn_rate=0.02, threshold=600)
MIXED = replace(CLUB, cash_from=150, cash_ratio=0.5)
CONFIG = small(days=300, market={"imitation_share": 0.6})


def test_engine_equals_oracle_and_the_ledgers_add_up():
    """Gifts for points alone, and gifts with cash; rivals look at what is conceded."""
    world, orders = trade(CONFIG, MIXED)
    assert differing(world, orders, told(CONFIG, MIXED)) == []
    assert list(unbalanced(world, orders)) == []
    redeemed = orders["points_redeemed"]
    assert (redeemed == 600).any()
    assert ((redeemed >= 150) & (redeemed < 600)).sum() > 50


def test_a_planted_fault_is_seen():
    """An oracle whose gifts cost a hundredth more in cash disagrees."""
    world, orders = trade(CONFIG, MIXED)
    assert differing(world, orders, told(CONFIG, replace(MIXED, cash_ratio=0.51)))


def test_a_gift_costs_what_it_costs_whoever_pays():
    """Cost of all gifts = points redeemed at 0.6 fen (shop level) + gift_fen of orders; the cash is a sale, and no account falls below 0."""
    world, orders = trade(CONFIG, MIXED)
    redeemed = orders["points_redeemed"]
    mixed = (redeemed > 0) & (redeemed < 600)
    missing = 600 - redeemed[mixed]
    assert (
        np.array_equal(orders["gift_fen"][mixed], np.floor(missing * 0.6 + 0.5))
        and not orders["gift_fen"][~mixed].any()
    )
    assert all((orders[name] >= 0).all() for name in MONEY)
    assert np.array_equal(orders["list_class_fen"].sum(axis=1), orders["list_fen"])  # the cash stands in one class
    accrued = int(world.books[:, COLUMN["points_fen"]].sum())
    at_shop_level = revaluation(world, int(redeemed.sum()), 0, 0) - (revaluation(world, 0, 0, 0))
    assert accrued > 0 and at_shop_level == round(0.6 * redeemed.sum())
    gifts = int(np.count_nonzero(redeemed))
    assert at_shop_level + orders["gift_fen"].sum() == pytest.approx(0.6 * 600 * gifts, abs=gifts)


def test_a_dear_rest_is_taken_by_few_and_off_is_off():
    """The dearer the missing points, the fewer take them; with 0 points or at a price that nobody pays not an order differs."""
    taken = []
    for ratio in (0.3, 1.0, 2.0):
        redeemed = trade(CONFIG, replace(MIXED, cash_ratio=ratio))[1]["points_redeemed"]
        taken.append(np.count_nonzero((redeemed > 0) & (redeemed < 600)))
    assert taken[0] > 2 * taken[1] > 2 * taken[2]
    plain = trade(CONFIG, CLUB)[1]
    assert same_orders(plain, trade(CONFIG, replace(CLUB, cash_ratio=0.1))[1])
    assert same_orders(plain, trade(CONFIG, replace(MIXED, cash_ratio=10.0))[1])


@pytest.mark.parametrize("least", [-1, 600, 1.5])
def test_impossible_terms_are_refused(least):
    with pytest.raises(PolicyError, match=r"cash_from is .*allowed: whole points below threshold"):
        checked_programme(PointsProgramme(threshold=600, cash_from=least))


def test_the_lever_is_refused_above_the_threshold():
    with pytest.raises(ValueError, match="cash_from must lie below threshold"):
        Points(threshold=100, cash_from=100)
