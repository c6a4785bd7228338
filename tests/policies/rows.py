"""Customers at the counter, made by hand: columns that a test does not name are 0."""

from typing import Any

import numpy as np

from sim.contract import Customers, Receipt, Visit

WHOLE = ("customer", "orders", "orders_year", "returns", "tier", "points_available", "points_pending")
FLAGS = ("priority", "chatted", "joins")


def made(kind: type[Any], columns: dict[str, Any]) -> Any:
    """Columns of the contract, as long as the longest that is given; `basket_class` puts the basket on traffic goods."""
    n = max(np.size(column) for column in columns.values())
    known = {
        name: np.zeros(n, int if name in WHOLE else bool if name in FLAGS else float)
        for name in kind.__dataclass_fields__
    }
    if "basket_class" in known:
        known["basket_class"] = np.outer(np.broadcast_to(columns.get("basket", 0.0), n), [1.0, 0.0, 0.0, 0.0])
    known |= {name: np.broadcast_to(np.array(column), known[name].shape).copy() for name, column in columns.items()}
    return kind(**known)


def visit(**columns: Any) -> Visit:
    """A visit."""
    found: Visit = made(Visit, columns)
    return found


def receipt(**columns: Any) -> Receipt:
    """A receipt."""
    found: Receipt = made(Receipt, columns)
    return found


def customers(**columns: Any) -> Customers:
    """A customer file."""
    found: Customers = made(Customers, columns)
    return found
