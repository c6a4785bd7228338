"""The reference price: what a shopper has come to expect, asks for, and books of a concession."""

from math import exp, log1p
from typing import Any

from numba import njit

CAP = 0.8  # felt worth of all concessions together, share of the delivered price


@njit(cache=True, error_model="numpy")
def reference(expectation: float, market: float, external_weight: float) -> float:
    """Log reference price relative to the everyday price.

    Args:
        expectation: Concession the shopper expects, ln units, >= 0.
        market: Mean of ln(rival price / list).
        external_weight: Of the market in the reference, 0-1.
    Source:
        Internal and external references: Briesch et al. (1997); Dahana & Terui.
    """
    return (1.0 - external_weight) * -expectation + external_weight * market


@njit(cache=True, error_model="numpy")
def coupon_worth(v: Any) -> float:
    """Yuan that the coupon takes off the planned basket, after the policy's own offer."""
    net = 0.0
    for c in range(4):
        if v.coupon_class[c] > 0:
            net += (1.0 - v.discount[c]) * v.basket_class[c]
    return net * v.coupon_share if v.coupon_share > 0.0 else min(v.coupon_yuan, net)


@njit(cache=True, error_model="numpy")
def weigh(p: Any, v: Any, mind: Any) -> None:
    """Sets `v.felt`, `v.booked`, `v.granted`: worth of the offer to this shopper, part booked as a lower price, yuan given.

    Of points, `v.granted` holds what the shopper books as a lower price.
    """
    price = v.basket + v.post_fee * p.ship_fee_weight
    cut = 0.0
    for c in range(4):
        cut += v.discount[c] * v.basket_class[c]
    if v.coupon > 0:
        cut += coupon_worth(v)
    post = v.post_fee * p.ship_fee_weight if v.free_post else 0.0
    gift = v.gift * p.gift_value_ratio
    points = (v.points * (v.basket - cut) + v.bonus / 100.0) * p.point_value_ratio  # a point is a fen
    worth = cut + post + gift + points
    cash_points = (1.0 - p.points_mental_account) * points
    booked = cut + post + mind.gift_reference_weight * gift + cash_points
    scale = min(1.0, CAP * price / worth) if worth > 0.0 else 1.0
    v.felt = worth * scale / price
    v.booked = booked * scale / price
    v.granted = cut + (v.post_fee if v.free_post else 0.0) + v.gift + cash_points


@njit(cache=True, error_model="numpy")
def asks(p: Any, basket: float, u: float, mind: Any) -> float:
    """Concession asked for, yuan: somewhat more than was granted last; 0 if the shopper does not ask.

    Probability 1 - exp(-entitlement * expectation / threshold), 0 when nothing is expected (document 0).
    """
    if p.expectation <= 0.0 or p.last_grant <= 0.0:
        return 0.0
    chance = 1.0 - exp(-min(p.entitlement * p.expectation / mind.ask_threshold, 700.0))
    return min(p.ask_escalation * p.last_grant, CAP * basket) if u < chance else 0.0


@njit(cache=True, error_model="numpy")
def learn(p: Any, booked: float, granted: float) -> None:
    """Expectation after an own order with a concession: booked (share of price, > 0), granted (yuan)."""
    concession = -log1p(-min(booked, CAP))
    p.expectation = p.ref_carryover * p.expectation + (1.0 - p.ref_carryover) * p.expectation_gain * concession
    if p.expectation_gain > 0.0:
        p.last_grant = granted


@njit(cache=True, error_model="numpy")
def fade(p: Any, mind: Any) -> None:
    """Expectation after a need that brought no concession from the shop."""
    p.expectation = p.expectation * (1.0 - mind.expectation_decay)
