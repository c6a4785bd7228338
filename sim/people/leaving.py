"""Leaving: the hazard that belongs to each need, shocks, and the reason a leaver would give."""

from math import exp
from typing import Any

from numba import njit

from sim.visits import PRICE, QUALITY, SERVICE, VARIETY


@njit(cache=True, error_model="numpy")
def hazard(probability: float, satisfaction: float, sensitivity: float) -> float:
    """Chance to leave at a need.

    Args:
        probability: At satisfaction 0, in [0, 1]; Beta mixed over shoppers (Fader, Hardie & Lee 2005).
        satisfaction: Utils, any sign; bounded at +-20.
        sensitivity: kappa, >= 0.
    """
    if probability <= 0.0:
        return 0.0
    if probability >= 1.0:
        return 1.0
    power = exp(-sensitivity * min(max(satisfaction, -20.0), 20.0))
    return 1.0 - (1.0 - probability) ** power


@njit(cache=True, error_model="numpy")
def leave(p: Any, cause: int) -> None:
    """The shopper turns away: needs go on, elsewhere, until a contact brings the shop back to mind."""
    p.away = True
    p.away_cause = cause


@njit(cache=True, error_model="numpy")
def reason(p: Any, mind: Any, u: float) -> int:
    """Main reason a leaver would state: drawn by the weight of price, variety, service and quality for this shopper."""
    price = p.price_coef / mind.price_coef if mind.price_coef > 0.0 else 0.0
    variety = 0.5 + 0.5 * p.variety
    service = 0.3 + p.service_grievance
    quality = 0.3 + p.quality_grievance
    left = u * (price + variety + service + quality)
    if left < price:
        return PRICE
    if left < price + variety:
        return VARIETY
    if left < price + variety + service:
        return SERVICE
    return QUALITY


@njit(cache=True, error_model="numpy")
def shock(drop: float, mind: Any) -> float:
    """Chance that a bad surprise of `drop` utils (>= 0) ends the relation at once."""
    return 1.0 - exp(-min(mind.shock_exit * drop, 700.0))
