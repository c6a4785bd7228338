"""Drawing a shopper: each trait from its own address, so that adding a trait or a shopper moves no other draw.

Distributions: `parameters.md` sections 1-7. LN(median, log-sd) is lognormal; shares are Beta by mean and concentration.
"""

from math import exp, log, sqrt
from typing import Any

from numba import njit

from sim.draws import TRAITS, uniform_pair
from sim.gamma import gamma_quantile, ln_gamma
from sim.people.skew import skewed
from sim.quantiles import normal_quantile, table_quantile

YEAR = 365.0
NEVER = 1e12  # days


@njit(cache=True, error_model="numpy")
def lognormal(median: float, log_sd: float, z: float) -> float:
    """Median times exp(log-sd times a standard normal)."""
    return median * exp(log_sd * z)


@njit(cache=True, error_model="numpy")
def patience_of(u: float, mind: Any) -> float:
    """Mean patience at the desk, seconds, by its uniform."""
    return lognormal(mind.wait_patience, mind.wait_patience_log_sd, normal_quantile(u))


@njit(cache=True, error_model="numpy")
def draw_patience(key: int, mind: Any, seed: int) -> float:
    """The same for who is known by key only."""
    u, _ = uniform_pair(seed, key, 0, TRAITS + 4)
    return patience_of(u, mind)


@njit(cache=True, error_model="numpy")
def value_score(key: int, w: float, mind: Any, seed: int) -> float:
    """Score of a shopper's order values (mean 0, sd 1), correlated with that of the rate of need; `w` is its own luck."""
    rho, skewness = mind.value_rate_correlation, mind.basket_log_skew_between
    if rho == 0.0:
        return skewed(normal_quantile(w), skewness)
    u, _ = uniform_pair(seed, key, 0, TRAITS + 5)
    pace = normal_quantile(u)
    if not mind.rate_is_gamma:
        pace = -pace  # there the quantile is that of the gap
    return skewed(rho * pace + sqrt(1.0 - rho * rho) * normal_quantile(w), skewness)


@njit(cache=True, error_model="numpy")
def draw_choice_traits(p: Any, mind: Any, seed: int) -> None:
    """What a first visit needs: price, service and basket. `p.key` must be set."""
    a, b = uniform_pair(seed, p.key, 0, TRAITS)
    c, d = uniform_pair(seed, p.key, 0, TRAITS + 1)
    e, f = uniform_pair(seed, p.key, 0, TRAITS + 2)
    g, h = uniform_pair(seed, p.key, 0, TRAITS + 3)
    i, j = uniform_pair(seed, p.key, 0, TRAITS + 4)
    set_choice_traits(p, (a, b, c, d, e, f, g, h, i, j), mind, seed)


@njit(cache=True, error_model="numpy")
def set_choice_traits(p: Any, luck: Any, mind: Any, seed: int) -> None:
    """The same by their luck: the ten uniforms of the first five blocks of traits."""
    z, y = normal_quantile(luck[0]), normal_quantile(luck[1])
    sd = mind.price_coef_log_sd
    p.price_coef = mind.price_coef * exp(sd * z - 0.5 * sd * sd)
    rho = mind.price_wait_correlation
    y = rho * z + sqrt(1.0 - rho * rho) * y
    p.wait_sensitivity = lognormal(mind.wait_sensitivity, mind.wait_sensitivity_log_sd, y)
    p.loss_aversion = lognormal(mind.loss_aversion, mind.loss_aversion_log_sd, normal_quantile(luck[2]))
    p.ref_external_weight = table_quantile(luck[3], mind.ref_external_table)
    p.ship_fee_weight = lognormal(mind.ship_fee_weight, mind.ship_fee_weight_log_sd, normal_quantile(luck[4]))
    p.gift_value_ratio = lognormal(mind.gift_value_ratio, mind.gift_value_ratio_log_sd, normal_quantile(luck[5]))
    p.point_value_ratio = lognormal(mind.point_value_ratio, mind.point_value_ratio_log_sd, normal_quantile(luck[6]))
    p.points_mental_account = table_quantile(luck[7], mind.mental_account_table)
    p.patience = patience_of(luck[8], mind)
    p.basket_level = mind.basket_level_mean + mind.basket_log_sd_between * value_score(p.key, luck[9], mind, seed)
    p.last_shop = -1


@njit(cache=True, error_model="numpy")
def draw_life_traits(p: Any, mind: Any, seed: int) -> None:
    """The rest, drawn once a shopper becomes a customer. `p.key` and `p.entry` must be set."""
    u, w = uniform_pair(seed, p.key, 0, TRAITS + 5)
    draw_clock(p, mind, u, w)
    u, w = uniform_pair(seed, p.key, 0, TRAITS + 6)
    p.exit_probability = table_quantile(u, mind.exit_table)
    p.category_end = p.entry + category_life(w, mind)
    u, w = uniform_pair(seed, p.key, 0, TRAITS + 7)
    p.moved_at = p.entry + (-log(u) / mind.moving_rate * YEAR if mind.moving_rate > 0.0 else NEVER)
    p.taste = mind.shop_taste_mean + mind.shop_taste_sd * normal_quantile(w)
    u, w = uniform_pair(seed, p.key, 0, TRAITS + 8)
    p.state_dependence = mind.state_dependence + mind.state_dependence_sd * normal_quantile(u)
    p.variety = 0.0 if w < mind.variety_inertial else (1.0 if w < mind.variety_hybrid else 3.0)
    u, w = uniform_pair(seed, p.key, 0, TRAITS + 9)
    p.satisfaction_weight = lognormal(mind.satisfaction_weight, mind.satisfaction_weight_log_sd, normal_quantile(u))
    p.entitlement = lognormal(mind.entitlement, mind.entitlement_log_sd, normal_quantile(w))
    u, w = uniform_pair(seed, p.key, 0, TRAITS + 10)
    p.redeem_prob = table_quantile(u, mind.redeem_table)
    p.goal_gradient = lognormal(mind.goal_gradient, mind.goal_gradient_log_sd, normal_quantile(w))
    u, w = uniform_pair(seed, p.key, 0, TRAITS + 11)
    p.expectation_gain = table_quantile(u, mind.expectation_gain_table)
    p.ref_carryover = table_quantile(w, mind.ref_carryover_table)
    u, w = uniform_pair(seed, p.key, 0, TRAITS + 12)
    p.ask_escalation = lognormal(mind.ask_escalation, mind.ask_escalation_log_sd, normal_quantile(u))
    p.return_prob = table_quantile(w, mind.return_table)
    p.left_at = NEVER
    p.reward_days = NEVER
    p.reward_days_full = NEVER
    p.tier_days = NEVER
    p.tier_days_full = NEVER


@njit(cache=True, error_model="numpy")
def draw_clock(p: Any, mind: Any, u: float, w: float) -> None:
    """Mean gap and regularity of the needs; the gamma family of rates is that of Ehrenberg (1959)."""
    if mind.rate_is_gamma:
        rate = gamma_quantile(u, mind.rate_shape, ln_gamma(mind.rate_shape)) / mind.rate_alpha_days
        p.cycle = 1.0 / max(rate, 1e-9)
    else:
        p.cycle = lognormal(mind.cycle_mean_days, mind.cycle_log_sd, normal_quantile(u))
    shape = lognormal(mind.cycle_regularity_k, mind.regularity_log_sd, normal_quantile(w))
    if mind.regularity_log_sd > 0.0:
        shape = min(max(shape, 0.3), 8.0)
    p.regularity = shape
    p.log_regularity = log(shape)


@njit(cache=True, error_model="numpy")
def category_life(u: float, mind: Any) -> float:
    """Days until the category is over: an age clock, or exponential with a gamma(2) mix of rates (Lomax)."""
    if mind.ages_out:
        return u * mind.category_exit_age_days
    if mind.category_exit_rate <= 0.0:
        return NEVER
    return 2.0 / mind.category_exit_rate * (1.0 / sqrt(u) - 1.0) * YEAR
