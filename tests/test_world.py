"""The world: what must not change an order does not, and what the ledgers say adds up."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from policies.cashback import Cashback
from policies.escalating import Escalating
from policies.member_price import MemberPrice
from policies.none import NoPolicy
from policies.paid_tier import PaidTier
from policies.points import Points
from policies.product_matrix import ProductMatrix
from policies.rfm import Rfm
from policies.spend_tiers import SpendTiers
from policies.stack import Stack
from policies.testing.worlds import calendar_of
from sim.shop.money import COLUMN, MONEY, SIGN
from sim.world import World
from tests.worlds import same_orders, small, trade

POLICIES = {
    "none": NoPolicy(),
    "member_price": MemberPrice(spend=(200.0, 500.0), cut=(0.03, 0.08)),
    "escalating": Escalating(),
    "hard_line": Escalating(concede=False),
    "points": Points(threshold=100, expiry_days=60),
    "rfm": Rfm(),
    "spend_tiers": SpendTiers(tier_thresholds=(200.0, 500.0)),
    "cashback": Cashback(),
    "product_matrix": ProductMatrix(),
    "paid_tier": PaidTier(fee=10.0),
    "rfm_kept": Rfm(status_days=90, grace_days=20.0, soft_landing=True),
    "points_beyond": Points(
        threshold=100, dearer_gifts=(200, 400), expiry_days=None, lapse_on=(6, 30), inactivity_days=80, head_start=60,
        streak_orders=2, streak_bonus=0.5, tier_spend=(200.0, 500.0), tier_factors=(1.5, 2.0),
    ),
    "stack": Stack(layers={"a": Points(threshold=100, inactivity_days=60), "b": Rfm()}, margin_floor=0.0),
    "stack_best": Stack(layers={"a": Cashback(share=0.1), "b": ProductMatrix()}, rule="best", max_concession=0.06),
}  # fmt: skip
ZEROED = {
    "member_price": MemberPrice(cut=(0.0, 0.0)),
    "escalating": Escalating(open_with=0.0, concede=False),
    "points": Points(earn_rate=0.0),
    "rfm": Rfm(tier_discount=(0.0, 0.0), priority_from=10),
    "spend_tiers": SpendTiers(tier_discount=(0.0, 0.0)),
    "cashback": Cashback(share=0.0),
    "product_matrix": ProductMatrix(cut=0.0, lapsed_cut=0.0, one_time_cut=0.0),
    "paid_tier": PaidTier(cut=0.0, free_post=False),
    "stack": Stack(layers={"a": Points(), "b": Rfm()}, max_concession=0.0),
    "stack of nothing": Stack(
        layers={"a": Points(earn_rate=0.0), "b": Rfm(tier_discount=(0.0, 0.0), priority_from=10)}
    ),
}
BUSY = {"agents": {"ordinary": 30.0, "priority": 30.0}, "service_minutes": 40.0}  # one agent per line, long talks


@pytest.mark.parametrize("name", POLICIES)
def test_tick_and_batch_order_change_no_order(name: str) -> None:
    """Quarter and half days, and shuffled batches, give the orders of whole days to the last column."""
    policy = POLICIES[name]
    _, orders = trade(small(service=BUSY), policy)
    assert len(orders) > 500
    for tick in (0.5, 0.25):
        assert same_orders(trade(small(service=BUSY, tick=tick), policy)[1], orders, ("row",))
    assert same_orders(trade(small(service=BUSY), policy, shuffle=1)[1], orders, ("row",))


def test_one_more_shopper_changes_nobody_else() -> None:
    """Nothing shared binds: the orders of 300 shoppers are the same in the company of a 301st."""
    alone = small(service={"desk": False})
    more = small(service={"desk": False}, shoppers=301)
    _, orders = trade(alone, POLICIES["points"])
    _, with_guest = trade(more, POLICIES["points"])
    kept = with_guest[with_guest["shopper"] != 300]
    assert len(kept) < len(with_guest)
    assert same_orders(kept, orders, ("row", "points_fen", "contribution_fen"))


@pytest.mark.parametrize("crowd", [{}, {"after_sales_prob": 0.9, "complain_prob": 1.0, "shop_age_days": 40}])
def test_shards_give_the_orders_of_the_whole(crowd: dict[str, float]) -> None:
    """Nothing shared binds: three parts of the population trade as the whole does, and no complaint waits for another."""
    config = small(service={"desk": False}, population=crowd)
    _, whole = trade(config, POLICIES["member_price"])
    split = config.model_copy(update={"shards": 3})
    parts = np.concatenate([trade(split, POLICIES["member_price"], shard=k)[1] for k in range(3)])
    parts = parts[np.lexsort((parts["shopper"], parts["time"]))]
    assert same_orders(parts, whole, ("row",))


@pytest.mark.parametrize("name", ZEROED)
def test_levers_at_zero_are_no_policy(name: str) -> None:
    """A policy that gives nothing is `none`, order file for order file."""
    assert same_orders(trade(small(), ZEROED[name])[1], trade(small(), POLICIES["none"])[1], ("row",))


def test_levers_that_bite_are_not() -> None:
    """The planted fault of the test above: a lever of one per cent does change orders."""
    gentle = MemberPrice(spend=(1.0, 2.0), cut=(0.01, 0.01))
    assert not same_orders(trade(small(), gentle)[1], trade(small(), POLICIES["none"])[1], ("row",))


@pytest.mark.parametrize("name", POLICIES)
def test_ledgers_add_up(name: str) -> None:
    """Every order row, the books and the points add up, to the fen and to the point."""
    world, orders = trade(small(), POLICIES[name])
    total = sum(sign * orders[account] for account, sign in zip(MONEY, SIGN, strict=True))
    assert np.array_equal(total, orders["contribution_fen"])
    assert all((orders[account] >= 0).all() for account in MONEY)
    assert np.array_equal(orders["list_class_fen"].sum(axis=1), orders["list_fen"])
    for account in MONEY:
        assert world.books[:, COLUMN[account]].sum() == orders[account].sum(), account
    customers = world.customers.rows
    sums = {
        n: int(world.books[:, COLUMN[f"points_{n}"]].sum()) for n in ("issued", "redeemed", "expired", "clawed_back")
    }
    outstanding = int(customers["points_pending"].sum() + customers["points_available"].sum())
    assert sums["issued"] == outstanding + sums["redeemed"] + sums["expired"] + sums["clawed_back"]
    assert (customers["points_pending"] >= 0).all() and (customers["points_available"] >= 0).all()
    lots = world.lots.rows[world.lots.rows["live"]]
    assert int(lots["left"].sum()) == outstanding
    assert name not in ("points", "points_beyond") or min(sums.values()) > 0


def test_nobody_asks_without_expectation() -> None:
    """At `expectation_gain` 0 nobody asks; at the default customers do."""
    quiet = small(population={"expectation_gain": 0.0})
    assert trade(quiet, POLICIES["escalating"])[0].books[:, COLUMN["asks"]].sum() == 0
    assert trade(small(), POLICIES["escalating"])[0].books[:, COLUMN["asks"]].sum() > 20


class Aliased(World):
    """The planted fault: a table of which a copy's rows are no longer its own."""

    def __deepcopy__(self, memo: dict[int, Any]) -> World:
        twin = World.__new__(World)
        vars(twin).update(deepcopy(vars(self), memo))
        for name in ("people", "next_time"):
            table = getattr(twin, name)
            table.rows = table.rows.copy()
        return twin


@pytest.mark.parametrize(("kind", "right"), [(World, True), (Aliased, False)], ids=["as it is", "planted fault"])
def test_a_copy_goes_on_as_the_original_would(kind: type[World], right: bool) -> None:
    """Order for order, with desk, returns, points and prospects, from a midnight on which all of it is under way."""
    config = small(shoppers=300, days=120, run_off_days=0)
    rows: list[Any] = []
    world = kind(config, Points(), calendar_of(config), rows.append)
    world.found()
    world.run(0)
    world.prospects_come = True
    world.run(40)
    twin, more = deepcopy(world), []
    rows.clear()
    twin.take_orders = more.append
    world.run(120)
    twin.run(120)
    assert same_orders(np.concatenate(more), np.concatenate(rows), ()) == right
