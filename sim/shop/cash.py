"""Points plus cash: a member with part of a gift's points pays the rest in money."""

from math import floor
from typing import Any

import numpy as np
from numba import njit

from sim.contract import F64, PointsProgramme
from sim.shop.money import COLUMN
from sim.shop.points import spend

_REDEEMED = COLUMN["points_redeemed"]


def cash_terms(programme: PointsProgramme | None) -> F64:
    """Least points, cash and cost per fen of missing points, shape (3,); least points 0 = no such gift."""
    if programme is None:
        return np.zeros(3)
    return np.array([programme.cash_from, programme.cash_ratio, programme.cost_ratio], float)


@njit(cache=True, error_model="numpy")
def wants(v: Any, points: int, threshold: int, least: float, cash_ratio: float) -> bool:
    """Whether a member who redeems pays for what is missing: if a point is worth its price in cash to this member."""
    return 0.0 < least <= points < threshold and v.point_worth >= cash_ratio


@njit(cache=True, error_model="numpy")
def pay_rest(o: Any, main: int, missing: int, cash_ratio: float, cost_ratio: float) -> tuple[int, int]:
    """Enters the rest of a gift as a sale, fen: what the customer pays is list value, what it costs the shop a gift.

    `main` is the order's main product class, in whose list value the cash stands. Returns cash and cost.
    """
    cash, cost = int(floor(missing * cash_ratio + 0.5)), int(floor(missing * cost_ratio + 0.5))
    o.list_fen += cash
    o.list_class_fen[main] += cash
    o.gift_fen += cost
    o.contribution_fen += cash - cost
    return cash, cost


@njit(cache=True, error_model="numpy")
def redeem_with_cash(c: Any, v: Any, o: Any, threshold: int, cash: Any, lots: Any, pool: Any, book: Any) -> int:
    """The first gift for all points there are and cash for the rest, if the member wants it; returns points redeemed."""
    points = c.points_available
    if not wants(v, points, threshold, cash[0], cash[1]):
        return 0
    pay_rest(o, v.main, threshold - points, cash[1], cash[2])
    taken = spend(c, points, False, lots, pool)
    book[_REDEEMED] += taken
    return taken
