"""Points programmes with an end: at its midnight points lapse, or become those of the terms that follow."""

from dataclasses import replace
from math import floor
from typing import Any

from numba import njit

from sim.contract import PointsProgramme
from sim.shop.money import COLUMN
from sim.shop.points import trim

_ISSUED, _RELEASED, _EXPIRED = (COLUMN[f"points_{name}"] for name in ("issued", "released", "expired"))
_PENDING_EXPIRED = COLUMN["points_pending_expired"]


def following(programme: PointsProgramme) -> tuple[PointsProgramme, float]:
    """The terms in force after the end of `programme`, and points of theirs for each point.

    Without a successor every point lapses, and no reward lies ahead of anybody (threshold 0).
    """
    if programme.successor is not None:
        return programme.successor, programme.conversion
    return replace(programme, until=None, threshold=0, dearer_gifts=(), cash_from=0), 0.0


@njit(cache=True, error_model="numpy")
def converted(left: int, conversion: float) -> int:
    """Points of the new terms for those left of a lot, rounded down."""
    return int(floor(left * conversion))


@njit(cache=True, error_model="numpy")
def convert_all(customers: Any, conversion: float, lots: Any, pool: Any, book: Any) -> None:
    """Converts what is left of every lot; points gained are booked as issued, points lost as expired."""
    for row in range(len(customers)):
        c = customers[row]
        if c.orders == 0:
            continue
        i = c.first_lot
        while i >= 0:
            lot = lots[i]
            more = converted(lot.left, conversion) - lot.left
            lot.left += more
            lot.earned += more
            book[_ISSUED] += max(more, 0)
            book[_EXPIRED] += max(-more, 0)
            if lot.pending:
                c.points_pending += more
                book[_PENDING_EXPIRED] += max(-more, 0)
            else:
                c.points_available += more
                book[_RELEASED] += max(more, 0)
            i = lot.next
        trim(c, lots, pool)
