"""Referral: friends come by codes only, in order of nothing but their keys, and are bound while their referrer stays."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from policies.campaigns.referral import Referral
from policies.none import NoPolicy
from sim.people.passing_on import friend_key
from sim.referral import referred
from sim.run import run
from sim.shop.money import COLUMN
from tests.test_world import POLICIES
from tests.worlds import same_orders, small, trade

QUIET: dict[str, Any] = {"service": {"desk": False}, "shoppers": 1000}
KEEN: dict[str, Any] = {"referral_rate": 0.5, "sms": {"open": 1.0}, "unsubscribe": 0.0}
CODES = {"referral": Referral(least_orders=1, channel="sms", friend_cut=0.2, days_valid=60.0)}


def test_no_friends_come_without_a_rate_and_nobody_else_moves() -> None:
    """At rate 0 no friend comes; at 0.5 many do, and the orders of all but those thanked stay to the byte (nothing is shared here)."""
    worlds = {
        rate: trade(small(**QUIET, messages=KEEN | {"referral_rate": rate}), POLICIES["none"], campaigns=CODES)
        for rate in (0.0, 0.5)
    }
    none, some = (worlds[rate][1] for rate in (0.0, 0.5))
    assert not referred(none["shopper"]).any()
    friends = referred(some["shopper"])
    world = worlds[0.5][0]  # who brought a friend is thanked, and may come sooner for it
    thanked = world.people.rows["key"][world.post.referrals.bonds.rows["referrer"]]
    others = ~np.isin(some["shopper"], thanked) & ~friends
    assert friends.sum() > 50 and same_orders(some[others], none[~np.isin(none["shopper"], thanked)])
    assert not same_orders(some[~friends], none)
    without = trade(
        small(**QUIET, messages=KEEN), POLICIES["none"], campaigns={"it": Referral(holdout=0.9, budget=0.0)}
    )
    assert not referred(without[1]["shopper"]).any()  # no codes were sent


def test_friends_cost_no_advertising_and_use_their_coupon_once() -> None:
    """Acquisition is paid for the other prospects; a friend's first order has the code's cut, and only that one."""
    config = small(**QUIET, messages=KEEN)
    world, orders = trade(config, POLICIES["none"], campaigns=CODES)
    plain = trade(config, POLICIES["none"])[0]
    acquisition = COLUMN["acquisition_fen"]
    assert world.books[:, acquisition].sum() == plain.books[:, acquisition].sum()
    assert world.books[:, COLUMN["prospects"]].sum() > plain.books[:, COLUMN["prospects"]].sum() + 50
    friends = orders[referred(orders["shopper"])]
    first = friends["order_number"] == 1
    assert (friends["coupon_fen"][first] > 0).mean() > 0.5 and not friends["coupon_fen"][~first].any()


def test_the_rate_is_met() -> None:
    """Friends who buy per satisfied customer-year with a code lie between half and twice the rate (choice is not the mean's)."""
    config = small(
        service={"desk": False}, shoppers=4000, messages=KEEN | {"referral_rate": 0.2, "email": {"open": 1.0}}
    )
    years, found = [0.0], CODES | {"referral": Referral(least_orders=1, channel="sms", friend_cut=0.0, holdout=0.0)}

    def look(world: Any, _: float) -> None:
        codes = world.post.referrals.codes.rows["message"] > 0
        people = world.people.rows[: len(codes)]
        years[0] += np.sum(codes & ~people["away"] & (people["gone"] == 0) & (people["satisfaction"] >= 0)) / 365

    world, _ = trade(config, POLICIES["none"], campaigns=found, each_day=look)
    assert 0.1 < len(world.post.referrals.bonds.rows) / years[0] < 0.4


def test_the_bond_ends_with_the_referrer() -> None:
    """Every referred customer's chance to leave is the own one, less the bond while the referrer is there."""
    world, _ = trade(small(**QUIET, messages=KEEN), POLICIES["none"], campaigns=CODES)
    people, bonds = world.people.rows, world.post.referrals.bonds.rows
    gone = people["away"][bonds["referrer"]] | (people["gone"][bonds["referrer"]] != 0)
    world.post.referrals.midnight(world, world.post, np.zeros(0, np.int64), 301)
    expected = bonds["exit_probability"] * np.where(gone, 1.0, 0.8)
    assert gone.any() and (~gone).any()
    assert np.array_equal(
        people["exit_probability"][bonds["row"]], bonds["exit_probability"] * np.where(gone, 1.0, 1.0 - 0.2)
    )
    assert np.allclose(people["exit_probability"][bonds["row"]], expected)


def test_keys_of_friends_differ() -> None:
    """10,000 customers with three friends each: all keys differ, and all are of the kind of the referred."""
    keys = np.array([friend_key(k, n) for k in range(10_000) for n in range(3)])
    assert len(np.unique(keys)) == 30_000 and referred(keys).all()


def test_the_table_tells_of_friends_and_of_second_lives(tmp_path: Path) -> None:
    """Counts are those of the files; a campaign without codes has no such table."""
    from policies.campaigns.winback import Winback

    campaigns: dict[str, Any] = CODES | {"winback": Winback(least_orders=1, holdout=0.3)}
    config = small(**QUIET, days=400, messages=KEEN, campaign={name: {"name": name} for name in campaigns})
    run(config, NoPolicy(), False, tmp_path, campaigns=campaigns)
    told = json.loads((tmp_path / "summary.json").read_text())["campaigns"]
    friends = told["referral"]["friends"]
    assert "friends" not in told["winback"]
    assert friends["visits"] > friends["customers"] >= friends["referrers"] > 0
    assert friends["referred"]["followed"] > 0 and friends["difference"]["stayed_180"]["low"] is not None
    life = told["winback"]["second_life"]
    assert life["touched"]["returned"] > life["natural"]["returned"] > 20
    for group in (life["touched"], life["natural"]):
        assert group["lapsed"] >= group["returned"] >= group["followed"] > 0
        assert group["active_180"]["low"] <= group["active_180"]["mean"] <= group["active_180"]["high"]
        assert group["orders_180"]["mean"] >= 0 and group["days_to_lapse"]["median"] > 0
    segments, means = told["winback"]["segments"], told["winback"]["means"]
    assert sum(figures["sent"] for figures in segments.values()) == told["winback"]["sent"]
    assert set(means) == {"sms information", "sms offer"}
    from sim.plots import draw

    draw(tmp_path, tmp_path)
    assert (tmp_path / "campaigns.svg").stat().st_size > 2000
