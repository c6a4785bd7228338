"""Worlds whose answer is known in closed form, traded by the real engine.

Deviations are in standard errors; `LIMIT` lets a right engine fail one seed in a million per figure, and an error of
LIMIT + 3.1 standard errors passes at most once in a thousand. Seeds are fixed; each test keeps a planted fault.
"""

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta, chi2

from policies.none import NoPolicy
from policies.points import Points
from sim.contract import Offer, Visit
from sim.shop.money import COLUMN, MONEY
from tests.worlds import (
    ALONE,
    CALM,
    CDNOW,
    FlatDiscount,
    alive_expected,
    bg_nbd,
    deviation,
    erlang_c,
    repeats_expected,
    same_orders,
    share_silent,
    small,
    trade,
)

LIMIT = 4.9
SHOPPERS, WEEKS = 100_000, 78
MOMENTS = (1.0, 4.0, 13.0, 26.0, 52.0, 78.0)  # weeks after the first order
LAWS = pytest.mark.parametrize("after_first", [False, True], ids=["BG/NBD", "MBG/NBD"])


# -- BG/NBD and MBG/NBD ---------------------------------------------------------------------------------------------


@cache
def cohort(after_first: bool, shoppers: int = SHOPPERS, **population: Any) -> tuple[Any, Any, Any, Any]:
    """Repeats within each of MOMENTS, shape (k, n); weeks to the last order and to the end; who has not left."""
    world, orders = trade(bg_nbd(shoppers, WEEKS, after_first, **population), NoPolicy())
    people = world.people.rows
    weeks = (orders["time"] - people["entry"][orders["row"]]) / 7.0
    again = weeks > 0
    repeats = [
        np.bincount(orders["row"][again & (weeks <= moment)], minlength=shoppers) for moment in (*MOMENTS, np.inf)
    ]
    last = np.zeros(shoppers)
    np.maximum.at(last, orders["row"], weeks)
    return np.array(repeats), last, WEEKS - people["entry"] / 7.0, ~people["away"]


def buying_deviations(seen: Any, after_first: bool, law: dict[str, float]) -> list[float]:
    """Deviations of mean repeats and of the share without one, at each of MOMENTS."""
    found = []
    for k, moment in enumerate(MOMENTS):
        found.append(deviation(seen[0][k], float(repeats_expected(moment, **law, after_first=after_first))))
        found.append(deviation(seen[0][k] == 0, float(share_silent(moment, **law, after_first=after_first))))
    return found


@LAWS
def test_repeats_and_silence_over_time(after_first: bool) -> None:
    """E[X(t)] and P(X(t) = 0) at six moments: false-fail 1.2e-5; catches 7 % of E[X(78)] and 0.013 of P(0)."""
    seen = cohort(after_first)
    assert max(abs(d) for d in buying_deviations(seen, after_first, CDNOW)) < LIMIT


@pytest.mark.parametrize(
    "fault",
    [{"exit_after_first": True}, {"cycle_regularity_k": 1.3}, {"rate_alpha_days": 35.0}, {"recall_floor": 0.2}],
    ids=lambda fault: next(iter(fault)),
)
def test_another_world_is_told_from_bg_nbd(fault: dict[str, Any]) -> None:
    """Planted faults: leaving at the wrong moment, gaps too regular, rates a tenth too low, some needs forgotten."""
    seen = cohort(False, 40_000, **fault)
    assert max(abs(d) for d in buying_deviations(seen, False, CDNOW)) > LIMIT


def alive_deviations(seen: Any, after_first: bool) -> list[float]:
    """Deviations of the truth from P(alive | x, t_x, T), by decile of the forecast; certain forecasts must be right."""
    repeats, last, weeks, alive = seen
    forecast = alive_expected(repeats[-1], last, weeks, **CDNOW, after_first=after_first)
    certain = forecast == 1.0
    found = [0.0 if alive[certain].all() else np.inf]
    order = np.argsort(forecast[~certain], kind="stable")
    for part in np.array_split(order, 10):
        p, truth = forecast[~certain][part], alive[~certain][part]
        found.append(float((truth - p).sum() / np.sqrt((p * (1 - p)).sum())))
    return found


@LAWS
def test_alive_is_calibrated(after_first: bool) -> None:
    """Share alive by predicted decile: false-fail 1e-5; catches 0.06 in any decile (5,000 customers or more each)."""
    assert max(abs(d) for d in alive_deviations(cohort(after_first), after_first)) < LIMIT


@LAWS
def test_alive_by_the_other_law_is_not(after_first: bool) -> None:
    """Planted fault: the forecast of the other law is told from the truth."""
    assert max(abs(d) for d in alive_deviations(cohort(after_first), not after_first)) > LIMIT


@LAWS
def test_closed_form_of_repeats_is_its_integral(after_first: bool) -> None:
    """E[X(t)] given the chance p to leave is (1 - (alpha / (alpha + p t))^r) / p, less the first exit: integrated."""
    r, alpha, a, b = CDNOW.values()

    def given(u: float, weeks: float) -> float:
        p = float(beta.ppf(u, a, b))
        stay = 1.0 - p if after_first else 1.0
        return stay * -np.expm1(r * np.log(alpha / (alpha + p * weeks))) / p

    for weeks in (1.0, 39.0, 200.0):
        mean, _ = quad(given, 1e-12, 1, args=(weeks,), epsabs=1e-10)
        assert repeats_expected(weeks, **CDNOW, after_first=after_first) == pytest.approx(mean, rel=1e-6)


# -- season ---------------------------------------------------------------------------------------------------------

SEASON = {1: 1.2, 2: 0.5, 6: 1.5, 11: 2.0, 12: 0.8}  # other months 1
FACTOR = np.array([SEASON.get(m, 1.0) for m in range(1, 13)]) / np.mean([SEASON.get(m, 1.0) for m in range(1, 13)])
MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])  # 2026, whose needs are counted


def needs_by_month(regularity: float, season: dict[int, float]) -> tuple[Any, Any]:
    """Needs of 6,000 shoppers, one each 10 operational days, and prospects, by month of 2026."""
    config = small(
        shoppers=6_000, days=59 + 365, start="2025-11-03", seed=3, service={"desk": False}, market={"rival_count": 0},
        population=CALM | ALONE | {
            "season": season, "cycle_mean_days": 10.0, "cycle_regularity_k": regularity, "min_gap_days": 0.0,
            "shop_age_days": 300, "prospect_rate": 100.0, "prospect_util": 50.0, "gross_margin": 0.4,
        },
    )  # fmt: skip
    world, _ = trade(config, NoPolicy())
    year = world.books[300 + 59 : 300 + 59 + 365]
    month = np.repeat(np.arange(12), MONTH_DAYS)
    strangers = np.bincount(month, year[:, COLUMN["prospects"]])
    return np.bincount(month, year[:, COLUMN["needs"]]) - strangers, strangers


def off_season(counted: Any, factor: Any, rate: float) -> float:
    """P of a chi-square at least this large, if counts are Poisson with the factor's share of `rate` a day."""
    expected = rate * factor * MONTH_DAYS
    return float(chi2.sf(((counted - expected) ** 2 / expected).sum(), 12))


@pytest.mark.parametrize("regularity", [1.0, 4.0], ids=["random", "regular"])
def test_needs_follow_the_season(regularity: float) -> None:
    """Needs and prospects by month: false-fail 2e-6, less where gaps are regular; catches a month off by 7-10 %."""
    needs, strangers = needs_by_month(regularity, SEASON)
    assert off_season(needs, FACTOR, 600.0) > 1e-6
    assert off_season(strangers, FACTOR, 100.0) > 1e-6


def test_needs_out_of_season_are_seen() -> None:
    """Planted fault: a world whose June is 8 % too weak."""
    assert off_season(needs_by_month(1.0, SEASON | {6: 1.38})[0], FACTOR, 600.0) < 1e-6


# -- the desk in the world ------------------------------------------------------------------------------------------


class Watch(NoPolicy):
    """No policy; keeps the waits of each day."""

    def offer(self, visit: Visit) -> Offer:
        waits.setdefault(int(visit.time[0] // 1.0), []).extend(visit.wait[visit.chatted].tolist())
        return Offer()


waits: dict[int, list[float]] = {}


def waits_by_day(days: int = 1_000, **service: Any) -> list[list[float]]:
    """Seconds waited, by day, of 10,000 shoppers whose chats come to 20 an hour; three agents, patience endless."""
    waits.clear()
    desk = {"agents": {"ordinary": 3.0, "priority": 0.0}, "service_shape": 1.0, "service_minutes": 6.0}
    config = small(
        shoppers=10_000, days=days, seed=5, service=desk | service, market={"rival_count": 0},
        population=CALM | ALONE | {
            "cycle_mean_days": 25.0, "cycle_regularity_k": 1.0, "shop_age_days": 600, "chat_prob": 0.5,
            "wait_patience": 1e12, "wait_patience_log_sd": 0.0,
        },
    )  # fmt: skip
    trade(config, Watch())
    return [waits[day] for day in sorted(waits) if day >= 0]


def erlang_deviations(days: list[list[float]]) -> list[float]:
    """Deviations of P(wait > 0) and of the mean wait from Erlang C, over days."""
    share, mean = erlang_c(2.0, 3)
    return [
        deviation([np.mean(np.array(day) > 0) for day in days], share),
        deviation([np.mean(day) for day in days], 360.0 * mean),
    ]


def test_chats_of_a_population_wait_as_erlang_c_says() -> None:
    """End to end, needs to desk: false-fail 2e-6; catches 0.03 of P(wait) and 16 % of the mean wait (200,000 chats).

    Needs lie a day apart at least, which moves their rate by 8e-4; days are independent but for the last hour's queue.
    The shop is old: a base founded within weeks would bring more chats than the desk can take, and a queue to day 0.
    """
    assert max(abs(d) for d in erlang_deviations(waits_by_day())) < LIMIT


def test_a_slow_desk_is_seen() -> None:
    """Planted fault: chats take 6 % longer."""
    assert max(abs(d) for d in erlang_deviations(waits_by_day(250, service_minutes=6.36))) > LIMIT


# -- points that are money ------------------------------------------------------------------------------------------

LIKE_MONEY: dict[str, Any] = {
    "point_value_ratio": 1.0, "point_value_ratio_log_sd": 0.0, "points_mental_account": 0.0, "redeem_prob": 1.0,
    "goal_gradient": 0.0,
}  # fmt: skip
ONE_FOR_ONE: dict[str, Any] = {
    "threshold": 0, "pending_days": 0, "expiry_days": None, "point_cost_ratio": 1.0, "redemption_estimate": 1.0,
}  # fmt: skip
OTHER_ACCOUNT = ("discount_fen", "points_fen", "refund_fen", "points_earned", "points_redeemed")
FULL: dict[str, Any] = {
    "days": 400,
    "service": {"agents": {"ordinary": 30.0, "priority": 30.0}, "service_minutes": 40.0},
    "market": {"price_wars": [{"start": 50, "days": 40, "depth": 0.15}]},
}


def points_and_discount(rate: float, population: dict[str, Any], **terms: Any) -> tuple[Any, Any, Any]:
    """Orders of 300 shoppers under points, then under a discount of the same worth; and the world of the points."""
    config = small(**FULL, population=LIKE_MONEY | population)
    world, orders = trade(config, Points(earn_rate=rate, **(ONE_FOR_ONE | terms)))
    return orders, trade(config, FlatDiscount(cut=rate))[1], world


def test_points_as_good_as_money_are_a_discount() -> None:
    """Worth 1, cost 1, redeemed at once, booked as a lower price: the order file of the discount, column for column.

    A rate of 1/16 is exact in binary, so not even rounding differs. What the discount takes off the price the points
    cost, and a parcel sent back refunds what was paid for it: those three accounts differ, their sum does not.
    """
    points, discount, world = points_and_discount(0.0625, {})
    assert len(points) > 1000
    assert points["returned"].any() and points["refused"].any()
    assert same_orders(points, discount, ("row", *OTHER_ACCOUNT))
    kept = {account: points[account] + discount[account] for account in OTHER_ACCOUNT}
    assert kept["discount_fen"].sum() > 0 and np.array_equal(points["points_redeemed"], points["points_earned"])
    for orders in (points, discount):
        orders["discount_fen"] += orders["points_fen"] + orders["refund_fen"]
    assert np.array_equal(points["discount_fen"], discount["discount_fen"])
    assert world.customers.rows["points_available"].sum() == 0


def test_nearly_so_where_the_rate_is_not_exact() -> None:
    """At 5 % the two sums round differently: the same orders at times equal to a microsecond, accounts to the fen."""
    points, discount, _ = points_and_discount(0.05, {})
    assert np.array_equal(points["shopper"], discount["shopper"])
    assert np.abs(points["time"] - discount["time"]).max() < 1e-11
    for account in set(MONEY) - set(OTHER_ACCOUNT) | {"contribution_fen"}:
        assert np.abs(points[account] - discount[account]).max() <= 1, account


@pytest.mark.parametrize(
    ("population", "terms"),
    [
        ({"points_mental_account": 0.001}, {}),
        ({"point_value_ratio": 0.999}, {}),
        ({}, {"point_cost_ratio": 0.99}),
        ({}, {"redemption_estimate": 0.99}),
    ],
    ids=["not all booked", "felt less", "cheaper", "thought to lapse"],
)
def test_points_a_hair_less_than_money_are_not(population: dict[str, Any], terms: dict[str, Any]) -> None:
    """Planted faults: each of the four ones that make points money, off by a hair, gives another order file."""
    points, discount, _ = points_and_discount(0.0625, population, **terms)
    assert not same_orders(points, discount, ("row", *OTHER_ACCOUNT))
