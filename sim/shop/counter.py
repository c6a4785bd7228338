"""The counter: reads a policy's answers into the world's columns, and refuses what makes no sense."""

from typing import Any

import numpy as np

from sim.columns import Records
from sim.contract import Offer, Settlement


class PolicyError(ValueError):
    """A policy answered something that no shop could do; the message is one line."""


def _column(value: Any, name: str, shape: tuple[int, ...], low: float, high: float, allowed: str) -> Any:
    """`value` as a column of `shape`, or as the one number that it is, checked against [low, high]."""
    if isinstance(value, (float, int)) and low <= value <= high:  # the usual case, at a fraction of the time
        return np.float64(value)
    try:
        column = np.broadcast_to(np.asarray(value, dtype=float), shape)
    except (ValueError, TypeError):
        given = getattr(value, "shape", None) or repr(value)[:60]
        raise PolicyError(f"policy: {name} has shape {given}; allowed: one number, or shape {shape}") from None
    wrong = ~((column >= low) & (column <= high))
    if wrong.any():
        given = column[wrong].flat[0]
        raise PolicyError(f"policy: {name} is {given:g} for {int(wrong.sum())} of {column.size}; allowed: {allowed}")
    return column


def read_offer(offer: Any, visits: Records, sale: float) -> None:
    """Writes an offer into the visits; `sale` is the shop-wide discount of the day, 0-0.9."""
    n = len(visits)
    if not isinstance(offer, Offer):
        raise PolicyError(f"policy: offer() returned {type(offer).__name__}; allowed: sim.contract.Offer")
    discount = offer.discount
    if np.ndim(discount) == 1:
        discount = np.asarray(discount)[:, None]
    cut = _column(discount, "Offer.discount", (n, 4), 0.0, 0.95, "a share of list price, 0 to 0.95")
    visits["discount"] = cut if sale == 0.0 else 1.0 - (1.0 - cut) * (1.0 - sale)
    visits["free_post"] = _column(offer.free_post, "Offer.free_post", (n,), 0, 1, "true or false") > 0
    visits["gift"] = _column(offer.gift, "Offer.gift", (n,), 0.0, 1e6, "yuan, 0 to 1,000,000")
    visits["points"] = _column(offer.points, "Offer.points", (n,), 0.0, 1.0, "yuan of face value per yuan paid, 0 to 1")


def read_settlement(settlement: Any, n: int) -> dict[str, Any]:
    """Columns of a settlement by name; only those that were set."""
    if not isinstance(settlement, Settlement):
        raise PolicyError(f"policy: settle() returned {type(settlement).__name__}; allowed: sim.contract.Settlement")
    columns: dict[str, Any] = {}
    if settlement.tier is not None:
        tier = _column(settlement.tier, "Settlement.tier", (n,), 0, 9, "a whole number, 0 to 9")
        columns["tier"] = tier.astype(np.int64)
        for name in ("to_next_tier", "tier_span"):
            value = getattr(settlement, name)
            columns[name] = _column(value, f"Settlement.{name}", (n,), 0, np.inf, "yuan, 0 or more")
    if settlement.priority is not None:
        columns["priority"] = _column(settlement.priority, "Settlement.priority", (n,), 0, 1, "true or false") > 0
    return {name: np.broadcast_to(column, (n,)) for name, column in columns.items()}
