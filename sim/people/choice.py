"""Choice: a mixed logit over the shop, its rivals and not buying, with relative prices and loss aversion."""

from math import exp, log1p
from typing import Any

from numba import njit

from sim.people.reference import reference
from sim.visits import NO_PURCHASE, NOWHERE, OWN, PRICE, QUALITY, REFUSAL, SERVICE, VARIETY

BOUND = 50.0  # utilities beyond it decide alike; keeps exp in range


@njit(cache=True, error_model="numpy")
def price_utility(x: float, ref: float, coef: float, eta: float, loss_aversion: float) -> float:
    """Utility of a price.

    Args:
        x: ln(felt price / everyday delivered price).
        ref: Log reference price, same base.
        coef: Price coefficient, >= 0.
        eta: Share of the response that is relative to the reference, 0-1.
        loss_aversion: Slope above the reference over slope below, >= 1.
    Source:
        Reference dependence with loss aversion: Tversky & Kahneman (1991); Neumann & Boeckenholt (2014).
    """
    gap = x - ref
    felt_gap = loss_aversion * gap if gap > 0.0 else gap
    return -coef * ((1.0 - eta) * x + eta * felt_gap)


@njit(cache=True, error_model="numpy")
def exp_bounded(v: float) -> float:
    """exp of a utility, bounded first."""
    return exp(min(max(v, -BOUND), BOUND))


@njit(cache=True, error_model="numpy")
def fondness(p: Any, v: Any, mind: Any) -> float:
    """Utility of the shop itself, price apart: taste, satisfaction, habit, variety, an answered question, photos.

    Doctored photos please those who never bought here; who did knows the goods.
    """
    if v.prospect:
        value = 0.0  # taste is found out by buying
    else:
        value = p.taste + p.satisfaction_weight * p.satisfaction
    if p.last_shop == OWN:
        value += p.state_dependence + boredom(p, mind)
    if v.chatted and not v.abandoned:
        value += mind.chat_worth
    return value + mind.photo_lift if p.orders == 0 else value


@njit(cache=True, error_model="numpy")
def boredom(p: Any, mind: Any) -> float:
    """Disutility of one more repeat in a row beyond three, up to ten."""
    return mind.variety_decay * p.variety * min(max(p.repeats - 3, 0), 10)


@njit(cache=True, error_model="numpy")
def rival_value(p: Any, v: Any, mind: Any, j: int, market: float) -> float:
    """exp utility of rival j (0-based); 0 if it is dropped as suspiciously cheap or badly rated (document 0)."""
    x = v.rival_price[j]
    if mind.rival_trusted[j] == 0.0 or x < mind.suspicious_ln:
        return 0.0
    ref = reference(0.0, market, p.ref_external_weight)
    coef = p.price_coef * mind.class_price_coef[v.main]
    value = price_utility(x, ref, coef, mind.reference_share, p.loss_aversion) + mind.rival_programme
    if p.last_shop == j + 1:
        value += p.state_dependence + boredom(p, mind)
    return exp_bounded(value)


@njit(cache=True, error_model="numpy")
def market_price(v: Any, mind: Any) -> float:
    """Mean of the rivals' log prices."""
    total = 0.0
    for j in range(mind.rival_count):
        total += v.rival_price[j]
    return total / mind.rival_count if mind.rival_count > 0 else 0.0


@njit(cache=True, error_model="numpy")
def share(own: float, others: float) -> float:
    """Logit share of the shop, from its utility and the summed exp utilities of all else."""
    value = exp_bounded(own)
    return value / (value + others)


@njit(cache=True, error_model="numpy")
def choose(p: Any, v: Any, mind: Any, u: float, pick: float) -> None:
    """Sets `v.shop`, and `v.cause` if it is not the own shop; `u` decides own or not, `pick` where else.

    One uniform for own or not makes the choice monotone in the current offer.
    """
    market = market_price(v, mind)
    ref = reference(p.expectation, market, p.ref_external_weight)
    coef = p.price_coef * mind.class_price_coef[v.main]
    x = log1p(-v.felt)
    liking = fondness(p, v, mind)
    paid = price_utility(x, ref, coef, mind.reference_share, p.loss_aversion)
    outside = outside_value(v, mind)
    others = outside
    for j in range(mind.rival_count):
        v.rival_worth[j] = rival_value(p, v, mind, j, market)
        others += v.rival_worth[j]
    if v.first or (not v.lost and u < share(liking + paid, others)):
        v.shop = OWN
        return
    elsewhere(p, v, mind, pick, others, outside)
    if v.shop == NOWHERE:
        return
    v.cause = why(p, v, mind, u, liking, paid, x, coef, others, outside)


@njit(cache=True, error_model="numpy")
def outside_value(v: Any, mind: Any) -> float:
    """exp utility of not buying; prospects have their own. 0 switches the option off."""
    utility = mind.prospect_util if v.prospect else mind.outside_util
    return 0.0 if utility <= -BOUND else exp_bounded(utility)


@njit(cache=True, error_model="numpy")
def elsewhere(p: Any, v: Any, mind: Any, pick: float, others: float, outside: float) -> None:
    """Sets `v.shop` to a rival or to nowhere, in proportion; a need not met may be postponed."""
    left = pick * others
    for j in range(mind.rival_count):
        if left < v.rival_worth[j]:
            v.shop = j + 1
            return
        left -= v.rival_worth[j]
    v.shop = NOWHERE
    v.cause = NO_PURCHASE
    p.postponed = outside > 0.0 and left < mind.defer * outside


@njit(cache=True, error_model="numpy")
def why(
    p: Any,
    v: Any,
    mind: Any,
    u: float,
    liking: float,
    paid: float,
    x: float,
    coef: float,
    others: float,
    outside: float,
) -> int:
    """Why a rival won: the first mechanism without which, on the same luck, the shop would have."""
    if v.lost:
        return SERVICE
    if v.refused and u < share(liking - coef * x, others):
        return REFUSAL
    if u < share(liking, outside + mind.rivals_at_list):
        return PRICE
    unhurt = liking - min(p.satisfaction_weight * p.satisfaction, 0.0)
    if u < share(unhurt + paid, others):
        return SERVICE if p.service_grievance > p.quality_grievance else QUALITY
    return VARIETY
