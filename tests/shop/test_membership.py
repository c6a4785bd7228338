"""Paid memberships: who takes one, what is booked, how long it lasts, and what is owed once no more are sold."""

from functools import cache
from math import inf, nan
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from policies.cashback import Cashback
from policies.migration import Migration
from policies.none import NoPolicy
from policies.paid_tier import PaidTier
from policies.stack import Stack
from sim import part
from sim.contract import Membership, Offer, Receipt, Settlement, Visit, policy_class
from sim.errors import RegularsError
from sim.house import Quiet
from sim.joining import Owed, joins
from sim.originals import original
from tests.audit import audit, followed
from tests.policies.rows import visit
from tests.worlds import same_orders, small, trade

DAYS = 90
CLUB = PaidTier(fee=10.0, days=DAYS)
LONG = {"shoppers": 200, "days": 400}


@cache
def traded(policy: Any, **population: float) -> tuple[Any, Any]:
    """World and orders of a small shop in which memberships begin and end."""
    return trade(small(**LONG, population=population), policy)


def offered(fee: float, spend: float, orders: int, basket: float, until: float = nan, **terms: Any) -> bool:
    """Whether the customer of the book takes it: forecast 1.5 with no spread, a yuan of postage felt as two."""
    mind = SimpleNamespace(ship_fee=6.0, ship_free_from=99.0, usage_forecast=1.5, usage_forecast_log_sd=0.0)
    customer = SimpleNamespace(orders_year=orders, spend_year_fen=round(spend * 100), member_until=until)
    person, at = SimpleNamespace(key=1, ship_fee_weight=2.0), SimpleNamespace(time=50.0, basket=basket)
    terms = {"cut": 0.1, "free_post": False} | terms
    return bool(original(joins)(person, customer, at, fee, terms["cut"], terms["free_post"], mind, 0))


def test_who_joins_worked_by_hand() -> None:
    """300 yuan last year and 100 today, a tenth off, foreseen half as much again: worth 60; postage of 5 orders 60 x 1.5."""
    assert offered(59.9, 300.0, 3, 100.0) and not offered(60.0, 300.0, 3, 100.0)
    assert not offered(1.0, 300.0, 3, 100.0, until=50.1) and offered(1.0, 300.0, 3, 100.0, until=50.0)  # runs; is over
    assert not offered(149.9, 300.0, 3, 100.0, free_post=True)  # a basket of 100 goes free anyhow
    assert offered(149.9, 300.0, 4, 100.0, free_post=True) and not offered(150.0, 300.0, 4, 100.0, free_post=True)
    assert not offered(0.0, 300.0, 3, 100.0, cut=0.0) and not offered(inf, 1e9, 3, 1e9)


def test_the_forecast_is_a_trait_with_the_stated_median() -> None:
    """At a fee of the median's worth half of 4,000 shoppers join.

    A right law fails at most once in a million (4.9 standard errors); a median off by a tenth passes at most once in a
    thousand. Planted fault: a fee a tenth lower is taken by too many.
    """
    mind = SimpleNamespace(ship_fee=6.0, ship_free_from=99.0, usage_forecast=1.2, usage_forecast_log_sd=0.4)
    customer = SimpleNamespace(orders_year=0, spend_year_fen=0, member_until=nan)
    at, ask = SimpleNamespace(time=0.0, basket=500.0), original(joins)
    for fee, fits in ((60.0, True), (54.0, False)):
        people = [SimpleNamespace(key=key, ship_fee_weight=1.0) for key in range(4000)]
        share = np.mean([ask(one, customer, at, fee, 0.1, False, mind, 3) for one in people])
        assert (abs(share - 0.5) < 4.9 * 0.5 / np.sqrt(4000)) == fits


def periods(orders: Any) -> list[list[float]]:
    """By customer who ever paid: the days on which a fee was paid."""
    paid = orders[orders["membership_fee_fen"] > 0]
    return [paid["time"][paid["shopper"] == key].tolist() for key in np.unique(paid["shopper"])]


def test_a_membership_lasts_as_long_as_it_says_and_is_taken_anew_or_not() -> None:
    """One fee for `days`; cut and free post on exactly the orders of that time, the first one included."""
    orders = traded(CLUB)[1]
    paid = periods(orders)
    assert set(orders["membership_fee_fen"]) == {0, 1000}
    assert min(len(days) for days in paid) == 1 and max(len(days) for days in paid) >= 4  # some renew, some do not
    for days in paid:
        assert (np.diff(days) >= DAYS).all()
    member = np.zeros(len(orders), bool)
    for key, days in zip(np.unique(orders["shopper"][orders["membership_fee_fen"] > 0]), paid, strict=True):
        for day in days:
            member |= (orders["shopper"] == key) & (orders["time"] >= day) & (orders["time"] < day + DAYS)
    assert ((orders["discount_fen"] > 0) == member).all() and member.sum() > 200
    assert (orders["shipping_charged_fen"][member] == 0).all()


def test_the_dearer_the_fewer_and_too_dear_is_none() -> None:
    """Nobody is made a member: the fee decides, and at a fee that nobody thinks worth it every order is that of `none`."""
    counts = [len(periods(traded(PaidTier(fee=fee, days=DAYS))[1])) for fee in (10.0, 40.0, 160.0)]
    assert counts[0] > counts[1] > counts[2]
    assert same_orders(traded(PaidTier(fee=1e5, days=DAYS))[1], traded(NoPolicy())[1], ())
    assert same_orders(traded(CLUB, usage_forecast=0.0)[1], traded(NoPolicy())[1], ())


def test_who_foresees_more_use_pays_for_less() -> None:
    """At a forecast of three times last year's use more join, and more of them save less than they paid."""

    def losers(forecast: float) -> tuple[int, float]:
        orders = traded(PaidTier(fee=60.0), usage_forecast=forecast)[1]
        saved = orders["discount_fen"] + orders["post_forgone_fen"]
        keys, first = np.unique(orders["shopper"][orders["membership_fee_fen"] > 0], return_index=True)
        start = orders["time"][orders["membership_fee_fen"] > 0][first]
        gain = [
            saved[(orders["shopper"] == key) & (orders["time"] < day + 365)].sum() < 6000
            for key, day in zip(keys, start, strict=True)
            if day < 35  # a whole year is seen
        ]
        return len(keys), float(np.mean(gain))

    (few, lost), (many, lost_more) = losers(1.0), losers(3.0)
    assert many > 1.3 * few and lost_more > lost + 0.1


def test_the_fee_is_in_the_ledgers_to_the_fen() -> None:
    """Rows, days, run; also with parcels sent back, which leave the fee with the shop."""
    config = small(shoppers=80, days=200, run_off_days=60, population={"return_rate": 0.4})
    trail = followed(config, PaidTier(fee=9.99, days=60), NoPolicy())
    assert audit(trail) == []
    rows = trail.rows
    assert set(rows["membership_fee_fen"]) == {0, 999} and (rows["returned"] & (rows["membership_fee_fen"] > 0)).any()
    assert trail.summary["members"] == np.count_nonzero(trail.shoppers["member_until"] > 200) > 0


def test_the_run_off_honours_what_was_paid_for_and_sells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members keep cut and free post to their last day: the run-off earns less than if their memberships were forgotten."""
    at = visit(time=100.0, member_until=[nan, 100.0, 100.5], joins=False)
    given = Owed(CLUB).offer(at)
    assert given.discount.tolist() == [0.0, 0.0, 0.08] and given.free_post.tolist() == [False, False, True]
    assert not hasattr(Owed(CLUB), "membership") and Owed(NoPolicy()).offer(at).discount == 0.0

    config = small(shoppers=100, days=100, run_off_days=100)
    club = PaidTier(fee=10.0)
    kept = followed(config, club, NoPolicy()).summary
    monkeypatch.setattr(part, "Owed", lambda policy: Quiet())  # planted fault
    forgotten = followed(config, club, NoPolicy()).summary
    assert kept["members"] == forgotten["members"] > 20 and kept["contribution"] == forgotten["contribution"]
    assert kept["contribution_run_off"] < forgotten["contribution_run_off"]


@policy_class
class Sells:
    """States what it is told."""

    fee: Any = 10.0
    days: Any = 365

    def membership(self, visit: Visit) -> Any:
        return Membership(self.fee, days=self.days) if self.fee is not None else None

    def offer(self, visit: Visit) -> Offer:
        return Offer()

    def settle(self, receipt: Receipt) -> Settlement:
        return Settlement()


@pytest.mark.parametrize(
    ("levers", "told"),
    [
        ({"fee": -1.0}, "Membership.fee is -1 for .*; allowed: yuan, 0 or more; inf = none is sold"),
        ({"fee": nan}, "Membership.fee is nan for "),
        ({"days": 0}, "Membership.days is 0 for .*; allowed: whole days, 1 to 3,650"),
        ({"days": 1.5}, "Membership.days is 1.5 for "),
        ({"fee": None}, "returned NoneType; allowed: sim.contract.Membership"),
    ],
)
def test_terms_that_no_shop_could_state_are_refused(levers: dict[str, Any], told: str) -> None:
    """One line: the policy, its method, file and line, what was given, what is allowed."""
    with pytest.raises(RegularsError, match=r"Sells\.membership \(.*test_membership\.py, line \d+\): " + told):
        trade(small(days=20), Sells(**levers))


def test_one_layer_of_a_stack_sells_memberships() -> None:
    """Two are refused by name; one is sold, and its terms pass through; at no concession none is sold."""
    with pytest.raises(ValidationError, match="layers a and b both sell memberships; allowed: one of them"):
        Stack(layers={"a": CLUB, "b": PaidTier(priority=False)}, tiers_from="a")
    stack = Stack(layers={"a": Cashback(share=0.0), "b": CLUB}, max_concession=0.9)
    assert same_orders(trade(small(days=100), stack)[1], trade(small(days=100), CLUB)[1])
    assert Stack(layers={"b": CLUB}, max_concession=0.0).membership(visit(time=1.0)).fee == inf
    assert Stack(layers={"b": Cashback()}).membership(visit(time=1.0)) == Membership()
    Stack(layers={"a": CLUB, "b": Migration(before=NoPolicy(), after=Cashback())}, tiers_from="a")


def test_a_migration_sells_what_the_scheme_in_force_sells() -> None:
    """Before the date memberships, after it none, and those that run are worth nothing under a scheme without."""
    orders = trade(small(days=100), Migration(before=CLUB, after=NoPolicy(), day=40))[1]
    late = orders["time"] >= 40
    assert orders["membership_fee_fen"][~late].any() and orders["discount_fen"][~late].any()
    assert not orders["membership_fee_fen"][late].any() and not orders["discount_fen"][late].any()
    other = trade(small(days=100), Migration(before=NoPolicy(), after=CLUB, day=40))[1]
    assert other["time"][other["membership_fee_fen"] > 0].min() >= 40
