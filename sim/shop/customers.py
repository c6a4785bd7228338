"""The customer file: what the shop knows of each customer, and the columns it hands to a policy."""

from typing import Any

import numpy as np
from numba import njit

from sim.columns import Records
from sim.contract import CLASSES, Audience, Customers, Receipt, Visit
from sim.prefetch import AHEAD, WHOLE, fetch

PERIOD_DAYS = 30  # the year of `orders_year` is twelve such periods
PERIODS = 12
PRIOR_GAPS = 1.0  # weight of the category's gap in a customer's own mean gap
RETENTION_DAYS = 90

CUSTOMER = np.dtype(
    [
        ("key", "i8"),
        ("orders", "i8"),
        ("spend_fen", "i8"),
        ("last_paid_fen", "i8"),
        ("first_order", "f8"),
        ("last_order", "f8"),
        ("mean_gap", "f8"),
        ("orders_year", "i8"),
        ("spend_year_fen", "i8"),
        ("returns", "i4"),
        ("tier", "i4"),
        ("points_available", "i8"),
        ("points_pending", "i8"),
        ("last_grant", "f8"),
        ("member_until", "f8"),  # day; nan without a paid membership so far
        ("points_rate", "f8"),  # points per fen paid, as last offered
        ("segment", "i4"),  # 0 newcomer; at day 0: 1 light, 2 medium, 3 heavy
        ("priority", "?"),
        ("index", "?"),  # in the group whose retention is measured
        ("unsubscribed", "?"),
        ("messages", "i4"),  # sent so far
        ("opens", "i4"),
        ("run_orders", "i4"),
        ("run_last_order", "f8"),
        ("history_last_order", "f8"),  # day, < 0; nan for newcomers
        ("history_cycle", "f8"),  # days between own orders before day 0, the category's with fewer than three
        ("year_fen", "i8", (PERIODS,)),
        ("year_orders", "i4", (PERIODS,)),
        ("first_lot", "i8"),
        ("last_lot", "i8"),
    ],
    align=True,
)
_WHOLE = ("customer", "orders", "orders_year", "returns", "tier", "points_available", "points_pending", "priority")
_AT_COUNTER = ("time", "basket", "goods_cost", "post_fee", "post_cost", "ask", "wait")
_ON_RECEIPT = ("time", "paid", "list_value", "concession")
_REAL = ("spend", "spend_year", "first_order", "last_order", "mean_gap", "last_paid", "member_until")


@njit(cache=True, error_model="numpy")
def open_file(c: Any, key: int) -> None:
    """A blank page for one shopper."""
    c.key = key
    c.first_order = np.nan
    c.last_order = np.nan
    c.member_until = np.nan
    c.run_last_order = np.nan
    c.history_last_order = np.nan
    c.history_cycle = np.nan
    c.first_lot = -1
    c.last_lot = -1


@njit(cache=True, error_model="numpy")
def book_order(c: Any, time: float, paid_fen: int, granted: float, period: int, category_gap: float) -> None:
    """Enters an order: counts, spend, and the mean gap shrunk to the category's."""
    if c.orders == 0:
        c.first_order = time
    c.orders += 1
    c.last_order = time
    gaps = c.orders - 1
    c.mean_gap = (PRIOR_GAPS * category_gap + (time - c.first_order)) / (PRIOR_GAPS + gaps)
    c.spend_fen += paid_fen
    c.last_paid_fen = paid_fen
    c.orders_year += 1
    c.spend_year_fen += paid_fen
    slot = period % PERIODS
    c.year_orders[slot] += 1
    c.year_fen[slot] += paid_fen
    if granted > 0.0:
        c.last_grant = granted


@njit(cache=True, error_model="numpy")
def new_period(c: Any, period: int) -> None:
    """Twelve periods ago leaves the year."""
    slot = period % PERIODS
    if c.year_orders[slot] > 0:  # most pages stay unwritten
        c.orders_year -= c.year_orders[slot]
        c.spend_year_fen -= c.year_fen[slot]
        c.year_orders[slot] = 0
        c.year_fen[slot] = 0


@njit(cache=True, error_model="numpy")
def book_return(c: Any, refund_fen: int) -> None:
    """An order came back."""
    c.returns += 1
    c.spend_fen -= refund_fen
    c.last_paid_fen = 0


@njit(cache=True, error_model="numpy")
def new_period_all(customers: Any, period: int) -> None:
    """`new_period` for everybody."""
    for i in range(len(customers)):
        new_period(customers[i], period)


@njit(cache=True, error_model="numpy")
def copy_pages(customers: Any, rows: Any, whole: Any, real: Any) -> None:
    """The columns of the contract from the pages of `rows`: `whole` has shape (8, n), `real` shape (8, n)."""
    for k in range(len(rows)):
        if k + AHEAD < len(rows):
            fetch(customers, rows[k + AHEAD], WHOLE)
        c = customers[rows[k]]
        whole[0, k] = c.key
        whole[1, k] = c.orders
        whole[2, k] = c.orders_year
        whole[3, k] = c.returns
        whole[4, k] = c.tier
        whole[5, k] = c.points_available
        whole[6, k] = c.points_pending
        whole[7, k] = c.priority
        real[0, k] = c.spend_fen / 100.0
        real[1, k] = c.spend_year_fen / 100.0
        real[2, k] = c.first_order
        real[3, k] = c.last_order
        real[4, k] = c.mean_gap
        real[5, k] = c.last_paid_fen / 100.0
        real[6, k] = c.member_until
        real[7, k] = c.last_grant


@njit(cache=True, error_model="numpy")
def copy_visits(visits: Any, post_cost: float, real: Any, basket_class: Any) -> None:
    """What the counter sees of each visit: `real` has shape (7, n), `basket_class` (n, 4)."""
    for k in range(len(visits)):
        v = visits[k]
        real[0, k] = v.time
        real[1, k] = v.basket
        real[2, k] = v.goods_cost
        real[3, k] = v.post_fee
        real[4, k] = post_cost
        real[5, k] = v.asked
        real[6, k] = v.wait
        for c in range(4):
            basket_class[k, c] = v.basket_class[c]


@njit(cache=True, error_model="numpy")
def copy_orders(orders: Any, real: Any) -> None:
    """What a receipt says of each order, yuan: `real` has shape (4, n)."""
    for k in range(len(orders)):
        o = orders[k]
        real[0, k] = o.time
        real[1, k] = (o.list_fen - o.discount_fen + o.shipping_charged_fen) / 100.0
        real[2, k] = o.list_fen / 100.0
        real[3, k] = (o.discount_fen + o.post_forgone_fen + o.gift_fen) / 100.0


def pages(customers: Records, rows: Any) -> tuple[Any, Any]:
    """What the contract tells of `rows`, in two tables: whole numbers and real ones."""
    whole, real = np.empty((len(_WHOLE), len(rows)), np.int64), np.empty((len(_REAL) + 1, len(rows)))
    copy_pages(customers, rows, whole, real)
    return whole, real


def _columns(customers: Records, rows: Any) -> tuple[dict[str, Any], Any]:
    """Columns of the contract, fresh, read-only, holding nothing latent; and the last grants."""
    return _named(*pages(customers, rows))


def columns_of(whole: Any, real: Any) -> dict[str, Any]:
    """The two tables of `pages` by column, as views."""
    return dict(zip(_WHOLE, whole, strict=True)) | dict(zip(_REAL, real, strict=False))


def _named(whole: Any, real: Any) -> tuple[dict[str, Any], Any]:
    priority = whole[-1] > 0
    for columns in (whole, real, priority):
        columns.flags.writeable = False
    named = columns_of(whole, real)
    named["priority"] = priority
    return named, real[-1]


def read_file(customers: Records, rows: Any = None) -> Customers:
    """The customer file as a policy sees it; `rows` picks customers, None is everybody with an order."""
    if rows is None:
        rows = np.flatnonzero(customers["orders"] > 0)
    return Customers(**_columns(customers, rows)[0])


def read_audience(columns: dict[str, Any], held_out: Any) -> Audience:
    """The customer file as a campaign sees it, from fresh columns by name, which become its own."""
    columns |= {"priority": columns["priority"] > 0, "held_out": held_out}
    for column in columns.values():
        column.flags.writeable = False
    return Audience(**columns)


def greet(customers: Records, visits: Records, post_cost: float) -> Visit:
    """Who stands at the counter, as a policy sees them."""
    columns, last_grant = _columns(customers, visits["row"])
    real, basket_class = np.empty((len(_AT_COUNTER), len(visits))), np.empty((len(visits), len(CLASSES)))
    copy_visits(visits, post_cost, real, basket_class)
    chatted, joins = visits["chatted"].copy(), visits["joins"].copy()
    for column in (real, basket_class, chatted, joins):
        column.flags.writeable = False
    known: dict[str, Any] = dict(zip(_AT_COUNTER, real, strict=True))
    return Visit(**columns, **known, basket_class=basket_class, chatted=chatted, last_grant=last_grant, joins=joins)


def receipt(customers: Records, orders: Records) -> Receipt:
    """The orders just rung up, as a policy sees them."""
    columns, _ = _columns(customers, orders["row"])
    real = np.empty((len(_ON_RECEIPT), len(orders)))
    copy_orders(orders, real)
    real.flags.writeable = False
    known: dict[str, Any] = dict(zip(_ON_RECEIPT, real, strict=True))
    return Receipt(**columns, **known)
