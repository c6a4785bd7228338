"""What policies answer, worked by hand."""

import numpy as np
import pytest
from pydantic import ValidationError

from policies.cashback import Cashback
from policies.paid_tier import PaidTier
from policies.points import Points
from policies.product_matrix import ProductMatrix
from policies.rfm import Rfm
from tests.policies.rows import customers, receipt, visit

NAN = np.nan


def test_cashback_is_a_share_of_the_last_order_capped_and_for_a_while() -> None:
    """5 % of 200 yuan off 100; at most 30 yuan; at most 30 % of the basket; not after 60 days, nor from before day 0."""
    at = visit(
        time=70.0, basket=[100, 100, 20, 100, 100, 100, 100], last_paid=[200, 2000, 400, 200, 0, 200, 0],
        last_order=[60, 60, 60, 9, 60, -1, NAN],
    )  # fmt: skip
    np.testing.assert_allclose(Cashback().offer(at).discount, [0.10, 0.30, 0.30, 0, 0, 0, 0])
    assert Cashback(since=-10.0, valid_days=100).offer(at).discount[5] == 0.1


def test_product_matrix_spares_profit_goods() -> None:
    """Regular, once, lapsed, lapsed and once, a newcomer; traffic, profit, marginal and potential goods."""
    at = visit(
        time=100.0, basket=50.0, orders=[4, 1, 4, 1, 0], last_order=[90, 90, 30, 30, NAN], mean_gap=[30, 30, 30, 30, 0]
    )
    due = np.array([0.03, 0.08, 0.10, 0.10, 0.0])
    np.testing.assert_allclose(ProductMatrix().offer(at).discount, np.outer(due, [1, 0, 1, 0]))
    assert ProductMatrix(potential=True).offer(at).discount[0].tolist() == [0.03, 0.0, 0.03, 0.03]
    assert ProductMatrix(newcomers=True).share(at)[4] == 0.03
    assert ProductMatrix(lapse_cycles=3.0).share(at)[2] == 0.03  # 70 days are less than three gaps


def test_a_paid_tier_serves_members_while_it_lasts() -> None:
    """Cut and free post for a membership that runs or is taken with this order; never had one, ended, runs, joins."""
    at = visit(time=100.0, member_until=[NAN, 100.0, 100.5, NAN], joins=[False, False, False, True])
    offer = PaidTier().offer(at)
    assert offer.discount.tolist() == [0.0, 0.0, 0.08, 0.08] and offer.free_post.tolist() == [False, False, True, True]
    assert not PaidTier(free_post=False).offer(at).free_post.any()
    done = PaidTier().settle(receipt(time=100.0, member_until=[NAN, 100.0, 465.0]))
    assert done.tier is None and done.priority.tolist() == [False, False, True]
    assert PaidTier(priority=False).settle(receipt(member_until=[465.0])).priority is None


def test_points_by_streak_and_by_tier() -> None:
    """A streak: three orders in the year before this one, the last at most 45 days ago."""
    at = visit(time=100.0, orders_year=[3, 2, 3, 0], last_order=[60, 60, 50, NAN], tier=[0, 1, 2, 5])
    np.testing.assert_allclose(np.broadcast_to(Points().offer(at).points, 4), 0.01)
    np.testing.assert_allclose(Points(streak_bonus=0.5).offer(at).points, [0.015, 0.01, 0.01, 0.01])
    np.testing.assert_allclose(Points(tier_factors=(1.5, 2.0)).offer(at).points, [0.01, 0.015, 0.02, 0.02])
    assert Points(earn_rate=0.2, tier_factors=(10.0,)).offer(at).points.max() == 1.0  # a yuan for a yuan at most
    done = Points(tier_spend=(100.0, 300.0), tier_factors=(1.5, 2.0)).settle(receipt(spend_year=[50, 100, 400]))
    assert done.tier.tolist() == [0, 1, 2]
    assert done.to_next_tier.tolist() == [50, 200, np.inf]
    assert Points(tier_factors=(1.5,)).settle(receipt(spend_year=[1e6])).tier is None


def test_the_head_start_comes_once() -> None:
    """With the first order from day 0 on, whether or not the customer is older; never before day 0."""
    at = visit(time=[5.0, 5.0, 5.0, -5.0], last_order=[NAN, -30.0, 2.0, NAN])
    assert Points(head_start=200).offer(at).bonus_points.tolist() == [200, 200, 0, 0]
    assert Points().offer(at).bonus_points == 0


@pytest.mark.parametrize(
    ("levers", "told"),
    [
        ({"dearer_gifts": (400,)}, "must ascend and lie above threshold"),
        ({"dearer_gifts": (700, 600)}, "must ascend"),
        ({"threshold": 0, "dearer_gifts": (600,)}, "needs a threshold"),
        ({"lapse_on": (2, 29)}, "a month and a day of every year"),
        ({"tier_spend": (100.0,)}, "as many steps"),
        ({"tier_spend": (300.0, 100.0), "tier_factors": (1.0, 2.0)}, "must ascend"),
    ],
)
def test_points_refuse_what_no_card_could_say(levers: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Points(**levers)  # type: ignore[arg-type]


ALONE = {"rfm_weights": (1.0, 0.0, 0.0)}  # score = 90 / (90 + silence): tier 2 until 48 days, tier 1 until 110
SILENT = [0.0, 60.0, 200.0, 60.0]
HELD = [0, 2, 2, 0]


@pytest.mark.parametrize(
    ("levers", "day", "tiers"),
    [
        ({}, 365.0, [2, 1, 0, 1]),
        ({"soft_landing": True}, 365.0, [2, 1, 1, 1]),  # two tiers down, one at a time
        ({"grace_days": 100.0}, 365.0, [2, 2, 0, 1]),  # silent for 60 days: kept; for 200: not
        ({"grace_days": 365.0}, 365.0, [2, 2, 2, 1]),
        ({"status_days": 360, "review_days": 30}, 390.0, [2, 2, 2, 1]),  # the second period has begun at day 360
        ({"status_days": 360, "review_days": 30}, 360.0, [2, 1, 0, 1]),
        ({"status_days": 360, "review_days": 30, "soft_landing": True}, 360.0, [2, 1, 1, 1]),
        ({"status_days": 360, "review_days": 30}, 0.0, [2, 1, 0, 1]),  # the first review gives what is earned
    ],
)
def test_rfm_lets_fall_softly(levers: dict[str, object], day: float, tiers: list[int]) -> None:
    """Tiers rise at once; they fall as window, grace and soft landing have it."""
    file = customers(last_order=day - np.array(SILENT), tier=HELD)
    done = Rfm(**ALONE, **levers).tiers(file, day)  # type: ignore[arg-type]
    assert done.tier.tolist() == tiers
    assert done.priority.tolist() == [tier >= 2 for tier in tiers]
