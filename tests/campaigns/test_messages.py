"""What messages must keep to: caps, budgets, holdouts, coupons, unsubscribing; and what must change no order."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from policies.campaigns.winback import Winback
from sim.mail import MESSAGE
from sim.originals import original
from sim.people.opening import unsubscribe_chance
from sim.post import CAP_DAYS
from sim.shop.money import COLUMN
from sim.visits import OWN
from tests.campaigns.worlds import CAMPAIGNS, LOUD, SALES, Everybody
from tests.test_world import POLICIES
from tests.worlds import same_orders, small, trade

QUIET: dict[str, Any] = {"service": {"desk": False}}  # customers share nothing
SILENT = {"sms": {"open": 0.0, "cost": 0.05}}


def traded(campaign: Any, policy: str = "none", **changes: Any) -> tuple[Any, Any, Any]:
    """World, its orders of the run, and its messages."""
    world, orders = trade(small(**LOUD | changes), POLICIES[policy], campaigns={"it": campaign})
    return world, orders[orders["time"] >= 0], world.post.messages.rows


@pytest.mark.parametrize("tick", [1.0, 0.25])
def test_tick_and_batch_order_change_no_order(tick: float) -> None:
    """With all campaigns on, quarter days and shuffled batches give the orders and messages of whole days."""
    whole, orders = trade(small(**LOUD), POLICIES["points"], campaigns=CAMPAIGNS)
    other, same = trade(small(**LOUD, tick=tick), POLICIES["points"], shuffle=1, campaigns=CAMPAIGNS)
    assert same_orders(orders, same)
    one, two = whole.post.messages.rows, other.post.messages.rows
    names = [name for name in MESSAGE.names or () if name != "row"]
    assert len(one) > 1000 and same_orders(one[names], two[names], ())


def test_messages_that_nobody_opens_change_no_order() -> None:
    """The orders of `none`, row for row; the messages cost what they cost. An opened one does change orders."""
    plain = trade(small(events=SALES), POLICIES["none"])[1]
    for messages, same in ((SILENT, True), ({}, False)):
        config = small(events=SALES, messages=messages)
        world, orders = trade(config, POLICIES["none"], campaigns={"it": Everybody(coupon_share=0.2)})
        assert same_orders(orders, plain) == same
        assert world.books[:, COLUMN["messages_fen"]].sum() == round(5 * np.sum(~world.post.messages.rows["holdout"]))


def test_who_is_held_out_lives_as_if_there_were_no_campaign() -> None:
    """Customers share nothing here: the orders of a held-out third are those of a world without campaigns."""
    plain = trade(small(**QUIET), POLICIES["none"])[1]
    config = small(**QUIET, messages=LOUD["messages"])
    world, orders = trade(config, POLICIES["none"], campaigns={"it": Everybody(holdout=0.3, coupon_share=0.3)})
    messages = world.post.messages.rows
    held = np.unique(messages["key"][messages["holdout"]])
    assert not np.isin(held, messages["key"][~messages["holdout"]]).any()
    assert 0.2 < len(held) / len(np.unique(messages["key"])) < 0.4
    kept, before = np.isin(orders["shopper"], held), np.isin(plain["shopper"], held)
    assert same_orders(orders[kept], plain[before])
    assert not same_orders(orders[~kept], plain[~before])


@pytest.mark.parametrize("cap", [1, 3, 16])
def test_the_contact_cap_binds(cap: int) -> None:
    """In no 30 days does a customer get more; somebody gets as many."""
    campaigns = {"a": Everybody(every_days=1.0), "b": Everybody(every_days=2.0)}
    config = small(messages={"contact_cap": cap, "unsubscribe": 0.0}, days=90)
    messages = trade(config, POLICIES["none"], campaigns=campaigns)[0].post.messages.rows
    most = 0
    for key in np.unique(messages["key"]):
        days = messages["time"][messages["key"] == key]
        most = max(most, *(int(np.sum((days <= day) & (days > day - CAP_DAYS))) for day in days))
    assert most == cap


def test_a_budget_binds_in_order_of_customer_number() -> None:
    """10 yuan buy 200 text messages: those of the lowest numbers first; held-out customers cost nothing."""
    for yuan, bought in ((10.0, 200), (0.0, 0), (None, None)):
        world, _, messages = traded(Everybody(budget=yuan, holdout=0.2, times=1))
        sent = messages[~messages["holdout"]]
        known = world.customers.rows["key"][world.customers.rows["first_order"] < 0]
        assert len(sent) == (bought if bought is not None else np.sum(~world.post._held["it"][: len(known)]))
        assert world.books[:, COLUMN["messages_fen"]].sum() == 5 * len(sent)
        assert messages["key"].tolist() == sorted(known.tolist())[: len(messages)]


def test_nobody_is_written_to_after_unsubscribing() -> None:
    """Nor does a campaign that asks again change that."""
    _, _, messages = traded(Everybody(), messages={"unsubscribe": 0.3})
    gone = messages[messages["unsubscribed"]]
    assert len(gone) > 50
    first = {key: gone["open_time"][gone["key"] == key].min() for key in np.unique(gone["key"])}
    assert not any(t["time"] > first[t["key"]] + 1 for t in messages if t["key"] in first)


def test_the_tired_unsubscribe_more_from_what_was_sent() -> None:
    """By hand: at a fatigue of half of `fatigue_half`, 1.5 squared times the fresh chance of an opened message."""
    chance = original(unsubscribe_chance)
    m = SimpleNamespace(unsubscribe=0.02, fatigue_half=8.0, fatigue_days=30.0)
    for fatigue, expected in ((0.0, 0.02), (4.0, 0.045), (100.0, 1.0)):
        assert chance(SimpleNamespace(fatigue=fatigue, fatigue_day=0), 0.0, m) == pytest.approx(expected)


COUPONS = [
    Everybody(coupon_yuan=25.0, minimum=120.0, days_valid=9.0),
    Everybody(coupon_share=0.2, classes=(False, True, False, False), every_days=40.0, days_valid=20.0),
]


@pytest.mark.parametrize("campaign", COUPONS, ids=["yuan", "share of profit goods"])
@pytest.mark.parametrize("policy", ["none", "member_price"])
def test_coupons(campaign: Any, policy: str) -> None:
    """Used once each; never below the minimum, off their classes, after their end or above their face value."""
    world, orders, messages = traded(campaign, policy, events={})
    used = orders[orders["coupon_fen"] > 0]
    assert len(used) == messages["used"].sum() > 20
    assert (used["list_fen"] >= campaign.minimum * 100).all()
    eligible = used["list_class_fen"][:, np.array(campaign.classes)].sum(axis=1)
    own = used["discount_fen"] - used["coupon_fen"]
    assert (own >= 0).all() and (policy == "none") == (not own.any())
    if campaign.coupon_yuan:
        assert (used["coupon_fen"] <= 2500).all() and (used["coupon_fen"] == 2500).mean() > 0.9
    else:
        assert (used["coupon_fen"] <= 0.2 * eligible + 1).all()
        if policy == "none":
            assert np.abs(used["coupon_fen"] - 0.2 * eligible).max() <= 1
    for order in used:
        mine = messages[(messages["key"] == order["shopper"]) & messages["used"]]
        assert ((order["time"] >= mine["open_time"]) & (order["time"] < mine["time"] + campaign.days_valid)).any()
    assert world.books[:, COLUMN["coupon_fen"]].sum() == orders["coupon_fen"].sum()
    total = orders["list_fen"] - orders["discount_fen"] + orders["shipping_charged_fen"] - orders["shipping_paid_fen"]
    for account in ("goods_fen", "gift_fen", "points_fen", "service_fen", "refund_fen"):
        total = total - orders[account]
    assert np.array_equal(total, orders["contribution_fen"])


def test_the_counter_and_the_till_agree_on_a_coupon() -> None:
    """What the shopper felt is what the till took off: without it, orders of the same needs are fewer."""
    config = small(**QUIET, messages={"nudge": 0.0, "sleeping_dog": 0.0, "unsubscribe": 0.0, "return_prob": 0.0})
    with_coupon = Everybody(coupon_share=0.5, days_valid=30.0)
    without = Everybody(coupon_share=0.5, days_valid=30.0, minimum=1e7)  # read alike, and never good
    dear, cheap = (trade(config, POLICIES["none"], campaigns={"it": c})[1] for c in (without, with_coupon))
    assert not dear["coupon_fen"].any()
    assert len(cheap) > 1.15 * len(dear)


def test_who_turned_away_is_regained_by_messages_only() -> None:
    """Win-back ends `away`, service and quality leavers less often; each regained customer is in mind again."""
    world, orders, messages = traded(
        Winback(stages=(0.3, 0.3, 0.3), pause_days=20.0, lapse_cycles=0.5), shoppers=1500,
        messages={"return_prob": 0.4, "reason_factor": (1.0, 1.0, 0.0, 0.0), "sleeping_dog": 0.0},
    )  # fmt: skip
    regained = messages[messages["regained"]]
    assert len(regained) > 20
    bought = [bool(np.any((orders["shopper"] == t["key"]) & (orders["time"] > t["open_time"]))) for t in regained]
    assert np.mean(bought) > 0.15
    people = world.people.rows
    back = people[np.isin(people["key"], regained["key"])]
    assert (~back["away"]).sum() > 5 and (back["left_at"][~back["away"]] >= 1e12).all()


def test_offers_wake_sleeping_dogs_and_information_none() -> None:
    """Only customers by habit, and only by talk of prices."""
    loud = {"sleeping_dog": 1.0, "nudge": 0.0}
    assert not traded(Everybody(kind="information"), messages=loud)[2]["woken"].any()
    world, _, messages = traded(Everybody(times=1), messages=loud)
    woken = messages[messages["woken"]]
    assert len(woken) > 10
    last = world.people.rows["last_shop"][np.isin(world.people.rows["key"], woken["key"])]
    assert OWN == 0 and len(last) == len(np.unique(woken["key"]))


def test_a_need_moved_forward_leaves_the_one_after_it() -> None:
    """At `stockpile_shift` 1 nothing is used up sooner: as many needs as without nudges, but for those of the end; at 0 many more."""
    calm = {"sleeping_dog": 0.0, "unsubscribe": 0.0, "return_prob": 0.0}
    needs = {}
    for shift in (0.0, 1.0):
        for nudge in (0.0, 1.0):
            config = small(
                **QUIET, shoppers=1000, messages=calm | {"nudge": nudge}, population={"stockpile_shift": shift}
            )
            world, _ = trade(config, POLICIES["none"], campaigns={"it": Everybody(every_days=15.0)})
            needs[shift, nudge] = int(world.books[-world.origin :, COLUMN["needs"]].sum())
    assert needs[0.0, 1.0] > 1.15 * needs[0.0, 0.0]
    assert abs(needs[1.0, 1.0] / needs[1.0, 0.0] - 1) < 0.08
