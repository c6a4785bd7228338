"""Passing a shop's code on to friends: who does, when, and who the friends are.

Source:
    The referred stay longer, by sign: Schmitt, Skiera & Van den Bulte (2011); only while the referrer stays: Van den Bulte,
    Bayer, Skiera & Schmitt (2018). Some pass on far more than others (power law); sizes are assumed.
"""

from math import exp
from typing import Any

from numba import njit

from sim.config import Config
from sim.draws import FRIEND, KIND_REFERRED, PASSES_ON, REFERRAL, shopper_key, uniform_pair, words

WEEK = 7  # days: codes are passed on at most once a week
YEAR = 365.0
TAIL = 2.0  # exponent of the power law (Pareto) of how readily codes are passed on


def referral_constants(config: Config) -> dict[str, float]:
    """Friends' visits per year that make `referral_rate` of them buy, and the bounds of who passes on and who stays.

    A friend chooses as any prospect does, so that of the visits the share of a prospect buys who is like the mean one.
    """
    rivals = sum(
        exp(config.market.rival_programme)
        for rating in (config.market.rival_ratings * 6)[: config.market.rival_count]
        if rating >= config.market.rating_floor
    )
    bought = 1.0 / (1.0 + rivals + exp(min(config.population.prospect_util, 50.0)))
    m = config.messages
    return {
        "visits_year": m.referral_rate / bought,
        "satisfaction": m.referral_satisfaction,
        "loyalty": m.referral_loyalty,
    }


@njit(cache=True, error_model="numpy")
def friend_key(key: int, ordinal: int) -> int:
    """Key of a shopper's friend number `ordinal` (0, 1, ...): a hash of both, alike under every seed."""
    w0, w1, _, _ = words(0, key, ordinal, FRIEND)
    return shopper_key(KIND_REFERRED, w0 << 28 | w1 >> 4)


@njit(cache=True, error_model="numpy")
def passes_on(p: Any, week: int, r: Any, seed: int) -> float:
    """Part of the week, in (0, 1), at which a friend visits with the code of `p`; -1 if none does."""
    if p.away or p.gone != 0 or p.satisfaction < r.satisfaction:
        return -1.0
    x, _ = uniform_pair(seed, p.key, 0, PASSES_ON)
    readiness = (TAIL - 1.0) / TAIL * x ** (-1.0 / TAIL)  # mean 1
    u, v = uniform_pair(seed, p.key, week, REFERRAL)
    return v if u < min(r.visits_year * readiness * WEEK / YEAR, 1.0) else -1.0


@njit(cache=True, error_model="numpy")
def stays(p: Any) -> bool:
    """Is the referrer still a customer?"""
    return not p.away and p.gone == 0


@njit(cache=True, error_model="numpy")
def bound(base: float, referrer_stays: bool, r: Any) -> float:
    """Exit probability of a referred customer: less than the own one, `base`, while the referrer stays."""
    return base * (1.0 - r.loyalty) if referrer_stays else base
