"""What an order does to a shopper: its fate, the surprise, and how satisfaction moves."""

from math import log, log1p
from typing import Any

from numba import njit

from sim.draws import CONTACT_DELAY, DEFECT_MISFIT, LATE_RETURN, uniform_pair


@njit(cache=True, error_model="numpy")
def wait_hurt(wait: float, sensitivity: float) -> float:
    """Utils lost by waiting `wait` seconds at the desk: sensitivity * ln(1 + wait / 30 s) (Taylor 1994; Lu et al. 2013)."""
    return sensitivity * log1p(max(wait, 0.0) / 30.0)


@njit(cache=True, error_model="numpy")
def fate(p: Any, v: Any, mind: Any, seed: int) -> None:
    """Draws what becomes of an order: defect, misfit, lateness, return, after-sales contact."""
    u, w = uniform_pair(seed, v.key, v.need, DEFECT_MISFIT)
    v.defect = u < mind.defect_rate
    v.misfit = w < mind.misfit_rate
    u, w = uniform_pair(seed, v.key, v.need, LATE_RETURN)
    v.late = -log(u / mind.late_rate) * mind.late_days if u < mind.late_rate else 0.0
    bad = v.defect or v.misfit
    chance = max(p.return_prob, mind.return_if_bad) if bad and mind.return_rate > 0.0 else p.return_prob
    v.returned = w < chance
    u, w = uniform_pair(seed, v.key, v.need, CONTACT_DELAY)
    v.return_delay = w * mind.return_window
    v.quality_hurt = v.late * mind.late_hurt
    if v.defect:
        v.quality_hurt += mind.defect_hurt
    if v.misfit:
        v.quality_hurt += mind.misfit_hurt
    chance = max(mind.complain_prob, mind.after_sales_prob) if v.quality_hurt > 0.0 else mind.after_sales_prob
    v.contact_delay = 1.0 + 9.0 * w if u < chance else 0.0
    if v.returned and not v.defect:
        v.quality_hurt += mind.return_fee_hurt


@njit(cache=True, error_model="numpy")
def move(p: Any, experience: float, mind: Any) -> None:
    """Satisfaction after an own order: anchored on the past, adjusted by the newest experience (Bolton 1998)."""
    p.satisfaction += mind.sat_update * (experience - p.satisfaction)


@njit(cache=True, error_model="numpy")
def surprise(p: Any, v: Any, mind: Any) -> float:
    """Books an order's experience and returns its bad part, utils >= 0."""
    hurt = v.quality_hurt + v.wait_hurt
    move(p, mind.satisfaction_centre - mind.neg_asymmetry * hurt, mind)
    keep = 1.0 - mind.sat_update
    p.service_grievance = p.service_grievance * keep + v.wait_hurt
    p.quality_grievance = p.quality_grievance * keep + v.quality_hurt
    return float(hurt)


@njit(cache=True, error_model="numpy")
def bad_wait(p: Any, hurt: float, mind: Any) -> None:
    """A wait that led to no order, or an after-sales wait: satisfaction falls towards it, and never below it.

    Falling by the hurt itself would pile up without end in those who often ask and seldom buy.
    """
    p.satisfaction -= mind.sat_update * max(p.satisfaction + mind.neg_asymmetry * hurt, 0.0)
    p.service_grievance += hurt


@njit(cache=True, error_model="numpy")
def after_sales(p: Any, hurt: float, recovered: bool, wait: float, answered: bool, mind: Any) -> None:
    """What an after-sales contact does: a wait hurts, a complaint put right takes its hurt back."""
    waited = wait_hurt(wait, p.wait_sensitivity)
    if waited > 0.0:
        bad_wait(p, waited, mind)
    if answered and recovered and hurt > 0.0:
        p.satisfaction += mind.sat_update * mind.neg_asymmetry * hurt
        p.quality_grievance = max(p.quality_grievance - hurt, 0.0)


@njit(cache=True, error_model="numpy")
def tier_change(p: Any, before: int, after: int, mind: Any) -> None:
    """Promotion pleases, demotion hurts more (Wagner, Hennig-Thurau & Rudolph 2009)."""
    if after > before:
        p.satisfaction += mind.promotion_gain
    elif after < before:
        p.satisfaction -= mind.demotion_loss
