"""Rivals: daily price levels shared by all shoppers, price wars on the calendar, imitation of our concessions."""

from typing import Any

import numpy as np
from numba import njit

from sim.config import MAX_RIVALS, Market
from sim.contract import F64
from sim.draws import KIND_RIVAL, RIVAL_DAY, shopper_key, uniform_pair
from sim.quantiles import normal_quantile

DAY_ZERO = 1_000_000  # rival draws are numbered from here, so that days before day 0 have numbers too
WINDOW_DAYS = 30  # over which a rival looks at our concessions


@njit(cache=True, error_model="numpy")
def fill_levels(level: Any, key: int, column: int, first_day: int, sd: float, seed: int) -> None:
    """Daily ln(price / list) of one rival: noise keyed by (rival, day)."""
    for i in range(len(level)):
        u, _ = uniform_pair(seed, key, DAY_ZERO + first_day + i, RIVAL_DAY)
        level[i, column] = sd * normal_quantile(u)


class Rivals:
    """Price levels by day.

    Attributes:
        level: ln(price / list), shape (days, MAX_RIVALS); row 0 is day `first_day`.
    """

    def __init__(self, market: Market, first_day: int, last_day: int, seed: int) -> None:
        self.market = market
        self.first_day = first_day
        self.level: F64 = np.zeros((last_day - first_day + 2, MAX_RIVALS))
        for j in range(market.rival_count):
            fill_levels(self.level, shopper_key(KIND_RIVAL, j), j, first_day, market.rival_price_sd, seed)
        for war in market.price_wars:
            start = max(war.start - first_day, 0)
            self.level[start : max(war.start + war.days - first_day, 0), : market.rival_count] += np.log(1 - war.depth)

    def imitate(self, day: int, listed_fen: int, conceded_fen: int) -> None:
        """Lowers all rivals' prices of `day` by their share of the concessions we made a lag ago."""
        if self.market.imitation_share > 0 and listed_fen > 0:
            share = min(conceded_fen / listed_fen, 0.8)
            self.level[day - self.first_day, : self.market.rival_count] += self.market.imitation_share * np.log1p(
                -share
            )
