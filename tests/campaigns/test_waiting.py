"""Waiting for coupons: nothing without coupons, more the more were read, each need once, and it ends with the coupon."""

from typing import Any

import numpy as np

from sim.shop.money import COLUMN
from tests.campaigns.worlds import Everybody
from tests.test_world import POLICIES
from tests.worlds import same_orders, small, trade

CALM: dict[str, Any] = {"sleeping_dog": 0.0, "unsubscribe": 0.0, "return_prob": 0.0, "nudge": 0.0, "sms": {"open": 1.0}}
QUIET: dict[str, Any] = {"service": {"desk": False}}


def world_of(wait: float, **levers: Any) -> tuple[Any, Any]:
    """World and orders with everybody written to; `wait` is `coupon_wait`."""
    config = small(**QUIET, shoppers=600, messages=CALM | {"coupon_wait": wait})
    return trade(config, POLICIES["none"], campaigns={"it": Everybody(**levers)})


def test_without_coupons_nobody_waits() -> None:
    """Messages without a coupon teach nothing: the orders are those of a world where nobody would wait; with one they differ."""
    assert same_orders(world_of(50.0)[1], world_of(0.0)[1])
    given = {"coupon_share": 0.2, "every_days": 60.0, "days_valid": 5.0}
    assert not same_orders(world_of(50.0, **given)[1], world_of(0.0, **given)[1])


def test_who_expects_coupons_orders_when_they_are_there() -> None:
    """Coupons that are good for 5 of 60 days: more of the orders fall on those days if needs are put off for them.

    600 shoppers, one luck: the share rises by more than 0.03; a mechanism without effect gives 0 exactly.
    """
    given = {"coupon_share": 0.2, "every_days": 60.0, "days_valid": 8.0}
    shares, needs = [], []
    for wait in (0.0, 20.0):
        world, orders = world_of(wait, **given)
        late = orders["time"][orders["time"] > 60]
        shares.append(np.mean(late % 60 < 8))
        needs.append(world.books[-world.origin :, COLUMN["needs"]].sum())
        habits = world.post.waiting.habits.rows
        assert (habits["put_off"] > 0).any() == (wait > 0)
    assert shares[1] > shares[0] + 0.03
    assert 0.85 < needs[1] / needs[0] < 1.0  # none is lost, but by the end of the run
