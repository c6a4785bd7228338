"""What a shopper is: traits that never change and the state of the mind. Latent: no policy ever sees a column of it."""

from math import exp
from typing import Any

import numpy as np

from sim.columns import in_lines
from sim.config import Catalogue, Market, Service
from sim.gamma_table import gamma_table
from sim.people.choice import BOUND
from sim.people.skew import ln_mean_exp
from sim.population import Population
from sim.quantiles import beta_table

TABLE = 4097  # entries of each quantile table: one length, so that kernels are compiled once, whatever the settings
FELT_FEE = 6.0  # yuan: a return fee of so much is felt by 1 - 1/e; assumed, the usual postage
KINDS = 8  # room for kinds of need, for the same reason; more are allowed

# What a need of somebody who does not come reads and writes: two cache lines of 64 bytes, at the head of the record,
# so that most needs cost two trips to memory. Order is speed only; nothing else depends on it.
CLOCK = (
    ("key", "i8"),
    ("need", "i8"),  # ordinal of the last need
    ("category_end", "f8"),  # day
    ("moved_at", "f8"),  # day
    ("cycle", "f8"),  # days, mean gap between needs
    ("regularity", "f8"),  # gamma shape of the gaps
    ("log_regularity", "f8"),
    ("away", "?"),
    ("postponed", "?"),
    ("away_cause", "i1"),
    ("gone", "i1"),
    ("last_shop", "i1"),
    ("stretch", "f8"),  # operational days added to the next gap
    ("owed", "f8"),  # operational days added to the gap after a postponed need
    ("reward_days", "f8"),  # to the next gift at the customer's own pace
    ("reward_days_full", "f8"),  # the same with no points
    ("tier_days", "f8"),
    ("tier_days_full", "f8"),
    ("goal_gradient", "f8"),
    ("last_contact", "f8"),  # day
)
STATE = (
    ("satisfaction", "f8"),
    ("expectation", "f8"),  # ln units, >= 0
    ("exit_probability", "f8"),  # per need, at satisfaction 0
    ("left_at", "f8"),  # day on which the shopper turned away
    ("orders", "i4"),
    ("repeats", "i4"),
    ("needs_alive", "i4"),  # needs met while not away, since day 0
    ("considered", "i4"),  # those of them for which the shopper came, since day 0
    ("service_grievance", "f8"),
    ("quality_grievance", "f8"),
    ("last_grant", "f8"),  # concession of the last order that had one, yuan
    ("entry", "f8"),  # day of the first order (base) or visit (prospects)
    ("fatigue", "f8"),  # messages lately, each fading with the days
    ("fatigue_day", "i4"),  # on which it stood so
    ("coupon", "i4"),  # number of the message whose coupon is at hand; 0 = none
)
TRAITS = (
    "taste",  # own liking of this shop, utils
    "basket_level",  # ln yuan
    "price_coef",
    "loss_aversion",
    "ref_external_weight",
    "ship_fee_weight",
    "gift_value_ratio",
    "point_value_ratio",
    "points_mental_account",
    "wait_sensitivity",
    "patience",  # seconds
    "entitlement",
    "ask_escalation",
    "expectation_gain",
    "ref_carryover",
    "state_dependence",
    "variety",  # multiple of variety_decay
    "satisfaction_weight",
    "redeem_prob",
    "return_prob",
)

PERSON = in_lines([*CLOCK, *STATE, *((name, "f8") for name in TRAITS)])

# Utils: the dissatisfied order seldom and stay so for long, and some complaints are still open. Solved so that at day 0
# the mean satisfaction of the presets' customers is 0 (six seeds: between -0.007 and 0.007; tests/test_presets.py).
SLOW_TO_RETURN = 0.015


def mind_constants(
    population: Population, catalogue: Catalogue, market: Market, photo_hype: float, return_fee: float = 0.0
) -> dict[str, Any]:
    """All constants that the formulas of the mind read, by the key of the config where there is one."""
    values: dict[str, Any] = {
        name: value for name, value in population.model_dump().items() if isinstance(value, (float, bool))
    }
    values.pop("category_exit_age_days", None)  # comes below, whether set or not: the layout is always the same
    values["rate_is_gamma"] = population.rate == "gamma"
    values["min_gap_days"] = float(population.min_gap_days)
    values["ages_out"] = population.category_exit_age_days is not None
    values["category_exit_age_days"] = population.category_exit_age_days or 0.0
    values["gamma_table"] = gamma_table()
    values.update(_beta_traits(population))
    values.update(_basket(population, catalogue))
    values.update(_sub_cycles(population))
    values.update(_market(market))
    values["misfit_rate"] = min(1.0, population.misfit_rate * (1 + photo_hype))
    values["return_fee_hurt"] = population.return_fee_hurt * (1.0 - exp(-return_fee / FELT_FEE))
    values["photo_lift"] = population.photo_worth * photo_hype
    values["satisfaction_centre"] = satisfaction_centre(population)
    values["variety_inertial"] = population.variety_shares[0]
    values["variety_hybrid"] = population.variety_shares[0] + population.variety_shares[1]
    return values


def satisfaction_centre(population: Population) -> float:
    """What a faultless order is worth, utils: it balances the mean hurt of an order, so that satisfaction centres on 0.

    Mean hurt by defects, misfits and lateness, weighted as bad surprises are, less what complaints put right at the
    default service level take back. Waiting is left out: it depends on how busy the desk is.
    """
    p = population
    hurt = p.defect_rate * p.defect_hurt + p.misfit_rate * p.misfit_hurt + p.late_rate * p.late_days * p.late_hurt
    recovered = max(p.complain_prob, p.after_sales_prob) * Service().recovery_success
    return p.neg_asymmetry * (hurt * (1 - recovered) + p.usual_wait_hurt) + SLOW_TO_RETURN


def _beta_traits(p: Population) -> dict[str, Any]:
    """Quantile tables of the traits that are shares."""
    exit_table = beta_table(*p.exit_beta, TABLE) if p.exit == "beta" else np.zeros(TABLE)
    return {
        "exit_table": exit_table,
        "ref_external_table": _share_table(p.ref_external_weight, p.ref_external_concentration),
        "mental_account_table": _share_table(p.points_mental_account, p.points_mental_account_concentration),
        "redeem_table": _share_table(p.redeem_prob, p.redeem_prob_concentration),
        "coupon_table": _share_table(p.coupon_prob, p.coupon_prob_concentration),
        "expectation_gain_table": _share_table(p.expectation_gain, p.expectation_gain_concentration),
        "ref_carryover_table": _share_table(p.ref_carryover, p.ref_carryover_concentration),
        "return_table": _share_table(_return_if_good(p), p.return_concentration),
    }


def _return_if_good(p: Population) -> float:
    """Mean share of faultless orders sent back, so that all orders together reach `return_rate`."""
    bad = 1 - (1 - p.defect_rate) * (1 - p.misfit_rate)
    return min(1.0, max(0.0, p.return_rate - bad * min(p.return_if_bad, p.return_rate * 6)) / max(1 - bad, 1e-9))


def _share_table(mean: float, concentration: float) -> Any:
    """Quantiles of Beta(mean * concentration, (1 - mean) * concentration); a mean of 0 or 1 is the same for all."""
    if mean <= 0 or mean >= 1:
        return np.full(TABLE, float(mean))
    return beta_table(mean * concentration, (1 - mean) * concentration, TABLE)


def _basket(p: Population, catalogue: Catalogue) -> dict[str, Any]:
    share = np.array(catalogue.class_share_sales)
    attach = np.array(catalogue.attach_rate)
    grown = 1 + float(share @ attach) * catalogue.attach_value
    between = 2 * ln_mean_exp(p.basket_log_sd_between, p.basket_log_skew_between)  # a variance if there is no skewness
    level = np.log(p.basket_mean / grown) - (between + p.basket_log_sd_within**2) / 2
    return {
        "basket_level_mean": float(level),
        "class_cumulated": np.cumsum(share),
        "class_price_coef": np.array(catalogue.class_price_coef),
        "attach_rate": attach,
        "attach_value": catalogue.attach_value,
        "ship_fee": catalogue.ship_fee,
        "ship_free_from": catalogue.ship_free_from,
        "return_window": float(catalogue.return_window_days),
    }


def _sub_cycles(p: Population) -> dict[str, Any]:
    kinds = p.sub_cycles
    regularity = _padded([k.regularity for k in kinds])
    return {
        "sub_count": len(kinds),
        "sub_cumulated": np.cumsum(_padded([k.share for k in kinds], 0.0)),
        "sub_cycle": _padded([k.cycle_factor for k in kinds]),
        "sub_regularity": regularity,
        "sub_log_regularity": np.log(regularity),
        "sub_basket": _padded([k.basket_factor for k in kinds]),
    }


def _padded(values: list[float], filler: float = 1.0) -> Any:
    """`values`, filled up to `KINDS`."""
    return np.array(values + [filler] * (KINDS - len(values)))


def _market(market: Market) -> dict[str, Any]:
    ratings = (market.rival_ratings * 6)[: max(market.rival_count, 1)]
    return {
        "rival_count": market.rival_count,
        "rival_shopper_sd": market.rival_shopper_sd,
        "rival_programme": market.rival_programme,
        "rivals_at_list": market.rival_count * exp(min(max(market.rival_programme, -BOUND), BOUND)),
        "rival_trusted": np.array([float(r >= market.rating_floor) for r in ratings + (0.0,) * 6][:6]),
        "suspicious_ln": float(np.log(max(market.suspicious_below, 1e-9))),
    }
