"""Paid memberships: who takes one at the counter, and who still has one when no more are sold."""

from dataclasses import replace
from math import exp
from typing import Any

import numpy as np
from numba import njit

from sim.columns import Records
from sim.contract import Membership, Offer, Settlement, Visit
from sim.draws import FORECAST, uniform_pair
from sim.quantiles import normal_quantile
from sim.shop.counter import read_membership


@njit(cache=True, error_model="numpy")
def year_worth(orders: int, spend: float, cut: float, free_post: bool, post_weight: float, mind: Any) -> float:
    """What a year's membership is worth to a customer who buys as in the last year, yuan.

    Args:
        orders: Of that year, >= 1.
        spend: For the goods, the same year, yuan.
        cut: Promised, share of list price.
        free_post: Whether postage is free; it is saved if the mean basket is below `ship_free_from`.
        post_weight: A yuan of postage as felt, yuan.
    """
    worth = cut * spend
    if free_post and spend < mind.ship_free_from * orders:
        worth += mind.ship_fee * post_weight * orders
    return worth


@njit(cache=True, error_model="numpy")
def joins(p: Any, c: Any, v: Any, fee: float, cut: float, free_post: bool, mind: Any, seed: int) -> bool:
    """Whether this customer takes a membership with this order: no other runs, and its worth as foreseen exceeds the fee.

    Foreseen is the last year here, today's basket included, times a forecast of one's own: people mistake how much they
    will use what they pay in advance (DellaVigna & Malmendier 2006). It is a trait, alike at every renewal.
    """
    if c.member_until > v.time or fee == np.inf:
        return False
    worth = year_worth(c.orders_year + 1, c.spend_year_fen / 100.0 + v.basket, cut, free_post, p.ship_fee_weight, mind)
    if worth <= 0.0:
        return False
    u, _ = uniform_pair(seed, p.key, 0, FORECAST)
    return worth * mind.usage_forecast * exp(mind.usage_forecast_log_sd * normal_quantile(u)) > fee


@njit(cache=True, error_model="numpy")
def join_all(
    people: Any, customers: Any, visits: Any, fee: Any, cut: Any, free_post: Any, days: Any, mind: Any, seed: int
) -> int:
    """`joins` for all at the counter: writes fee and end into the visits. Returns how many join."""
    m = mind[0]
    n = 0
    for k in range(len(visits)):
        v = visits[k]
        if joins(people[v.row], customers[v.row], v, fee[k], cut[k], free_post[k], m, seed):
            v.joins = True
            v.membership_fee = fee[k]
            v.member_until = v.time + days[k]
            n += 1
    return n


def sell_memberships(world: Any, visits: Records, visit: Visit) -> Visit:
    """States the policy's membership to those at the counter; returns them as seen then, with who joins."""
    terms = membership_of(world.policy)
    sold = read_membership(terms(visit), len(visits)) if terms is not None else None
    if sold is None or not join_all(world.people.rows, world.customers.rows, visits, *sold, world.mind, world.seed):
        return visit
    joining = visits["joins"].copy()
    joining.flags.writeable = False
    return replace(visit, joins=joining)


def membership_of(policy: Any) -> Any:
    """The policy's method `membership`; None if it has none."""
    return getattr(policy, "membership", None)


class Owed:
    """The run-off's policy: nothing new is given or sold; points owed and memberships paid for are honoured."""

    def __init__(self, policy: Any) -> None:
        self.terms = membership_of(policy)

    def offer(self, visit: Visit) -> Offer:
        """What members were promised."""
        if self.terms is None:
            return Offer()
        promised: Membership = self.terms(visit)
        member = visit.member_until > visit.time
        return Offer(discount=np.where(member, promised.discount, 0.0), free_post=member & (promised.free_post > 0))

    def settle(self, receipt: Any) -> Settlement:
        """Nothing."""
        return Settlement()
