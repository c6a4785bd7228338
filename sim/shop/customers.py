"""The customer file: what the shop knows of each customer, and the columns it hands to a policy."""

from typing import Any

import numpy as np
from numba import njit

from sim.columns import Records, take
from sim.contract import Customers, Receipt, Visit

PERIOD_DAYS = 30  # the year of `orders_year` is twelve such periods
PERIODS = 12
PRIOR_GAPS = 1.0  # weight of the category's gap in a customer's own mean gap
RETENTION_DAYS = 90

CUSTOMER = np.dtype(
    [
        ("key", "i8"),
        ("orders", "i8"),
        ("spend_fen", "i8"),
        ("first_order", "f8"),
        ("last_order", "f8"),
        ("mean_gap", "f8"),
        ("orders_year", "i8"),
        ("spend_year_fen", "i8"),
        ("returns", "i8"),
        ("tier", "i8"),
        ("priority", "?"),
        ("points_available", "i8"),
        ("points_pending", "i8"),
        ("last_grant", "f8"),
        ("points_rate", "f8"),  # points per fen paid, as last offered
        ("segment", "i8"),  # 0 newcomer; at day 0: 1 light, 2 medium, 3 heavy
        ("index", "?"),  # in the group whose retention is measured
        ("run_orders", "i8"),
        ("run_last_order", "f8"),
        ("year_fen", "i8", (PERIODS,)),
        ("year_orders", "i8", (PERIODS,)),
        ("first_lot", "i8"),
        ("last_lot", "i8"),
    ],
    align=True,
)
_WHOLE = ("orders", "orders_year", "returns", "tier", "points_available", "points_pending")


@njit(cache=True)
def open_file(c: Any, key: int) -> None:
    """A blank page for one shopper."""
    c.key = key
    c.first_order = np.nan
    c.last_order = np.nan
    c.run_last_order = np.nan
    c.first_lot = -1
    c.last_lot = -1


@njit(cache=True)
def book_order(c: Any, time: float, paid_fen: int, granted: float, period: int, category_gap: float) -> None:
    """Enters an order: counts, spend, and the mean gap shrunk to the category's."""
    if c.orders == 0:
        c.first_order = time
    c.orders += 1
    c.last_order = time
    gaps = c.orders - 1
    c.mean_gap = (PRIOR_GAPS * category_gap + (time - c.first_order)) / (PRIOR_GAPS + gaps)
    c.spend_fen += paid_fen
    c.orders_year += 1
    c.spend_year_fen += paid_fen
    slot = period % PERIODS
    c.year_orders[slot] += 1
    c.year_fen[slot] += paid_fen
    if granted > 0.0:
        c.last_grant = granted


@njit(cache=True)
def new_period(c: Any, period: int) -> None:
    """Twelve periods ago leaves the year."""
    slot = period % PERIODS
    c.orders_year -= c.year_orders[slot]
    c.spend_year_fen -= c.year_fen[slot]
    c.year_orders[slot] = 0
    c.year_fen[slot] = 0


@njit(cache=True)
def book_return(c: Any, refund_fen: int) -> None:
    """An order came back."""
    c.returns += 1
    c.spend_fen -= refund_fen


@njit(cache=True)
def open_all(customers: Any, people: Any, first_row: int) -> None:
    """Blank pages for people from `first_row` on."""
    for i in range(first_row, len(customers)):
        open_file(customers[i], people[i].key)


@njit(cache=True)
def new_period_all(customers: Any, period: int) -> None:
    """`new_period` for everybody."""
    for i in range(len(customers)):
        new_period(customers[i], period)


def _columns(page: Records) -> dict[str, Any]:
    """Columns of the contract from copied pages of the file; the copy is read-only and holds nothing latent."""
    columns: dict[str, Any] = {name: page[name] for name in _WHOLE}
    columns["customer"] = page["key"]
    columns["spend"] = page["spend_fen"] / 100.0
    columns["spend_year"] = page["spend_year_fen"] / 100.0
    for name in ("first_order", "last_order", "mean_gap", "priority"):
        columns[name] = page[name]
    for column in columns.values():
        column.flags.writeable = False
    return columns


def _copy(customers: Records, rows: Any) -> Records:
    page = take(customers, rows)
    page.flags.writeable = False
    return page


def read_file(customers: Records, rows: Any = None) -> Customers:
    """The customer file as a policy sees it; `rows` picks customers, None is everybody with an order."""
    if rows is None:
        rows = np.flatnonzero(customers["orders"] > 0)
    return Customers(**_columns(_copy(customers, rows)))


def greet(customers: Records, visits: Records, post_cost: float) -> Visit:
    """Who stands at the counter, as a policy sees them."""
    columns = _columns(_copy(customers, visits["row"]))
    known = {
        name: visits[name].copy()
        for name in ("time", "basket", "basket_class", "goods_cost", "post_fee", "chatted", "wait")
    }
    known["post_cost"] = np.full(len(visits), post_cost)
    known["ask"] = visits["asked"].copy()
    known["last_grant"] = customers["last_grant"][visits["row"]]
    for column in known.values():
        column.flags.writeable = False
    return Visit(**columns, **known)


def receipt(customers: Records, orders: Records) -> Receipt:
    """The orders just rung up, as a policy sees them."""
    columns = _columns(_copy(customers, orders["row"]))
    known = {
        "time": orders["time"].copy(),
        "paid": (orders["list_fen"] - orders["discount_fen"] + orders["shipping_charged_fen"]) / 100.0,
        "list_value": orders["list_fen"] / 100.0,
        "concession": (orders["discount_fen"] + orders["post_forgone_fen"] + orders["gift_fen"]) / 100.0,
    }
    for column in known.values():
        column.flags.writeable = False
    return Receipt(**columns, **known)
