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
    return 1.0 - (1.0 - probability) ** strain(satisfaction, sensitivity)


@njit(cache=True, error_model="numpy")
def strain(satisfaction: float, sensitivity: float) -> float:
    """Exponent of the chance to stay: 1 at satisfaction 0, less for the content."""
    return exp(-sensitivity * min(max(satisfaction, -20.0), 20.0))


@njit(cache=True, error_model="numpy")
def leaves(w: float, probability: float, satisfaction: float, sensitivity: float) -> bool:
    """Whether a shopper leaves at a need, by the uniform `w`: with chance `hazard`; arguments as there."""
    if w >= probability * max(strain(satisfaction, sensitivity), 1.0):
        return False  # 1 - (1 - p)**a <= p * max(a, 1) (Bernoulli): spares nearly everybody a power
    return w < hazard(probability, satisfaction, sensitivity)


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
