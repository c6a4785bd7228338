"""The cash register: orders of a tick in order of time, and what happens to them at later midnights. Loops, compiled."""

from typing import Any

import numpy as np
from numba import njit

from sim.shop.cash import redeem_with_cash
from sim.shop.customers import PERIOD_DAYS, RETENTION_DAYS, book_order, book_return, open_file
from sim.shop.money import COLUMN, book_day, goods_cost, ring_up
from sim.shop.points import claw_back, earn, redeem

RETURN = np.dtype([("row", "i8"), ("day", "i8"), ("refund_fen", "i8"), ("lot", "i8")], align=True)
_WAGES = COLUMN["wages_fen"]
_SERVICE = COLUMN["service_fen"]


@njit(cache=True, error_model="numpy")
def price_up(visits: Any, shop: Any) -> None:
    """What each planned basket costs the shop."""
    s = shop[0]
    for i in range(len(visits)):
        visits[i].goods_cost = goods_cost(visits[i], s)


@njit(cache=True, error_model="numpy")
def keep_newcomers(people: Any, customers: Any, visits: Any, first_row: int) -> int:
    """Closes ranks: prospects who did not buy are forgotten, rows of those who did move up. Returns rows in use."""
    w = first_row
    for i in range(len(visits)):
        v = visits[i]
        if v.prospect and v.shop == 0:
            if w != v.row:
                people[w] = people[v.row]
                customers[w] = customers[v.row]
            v.row = w
            w += 1
    return w


@njit(cache=True, error_model="numpy")
def track(c: Any, time: float, retained: Any) -> None:
    """Retention of the index group by day: an order at t counts for every h with t <= h < t + 90."""
    if c.index:
        start = int(np.ceil(time))
        if c.run_orders > 0:
            start = max(start, int(np.ceil(c.run_last_order + RETENTION_DAYS)))
        stop = int(np.ceil(time + RETENTION_DAYS))
        if start < stop:
            retained[min(start, len(retained) - 1)] += 1
            retained[min(stop, len(retained) - 1)] -= 1
    c.run_orders += 1
    c.run_last_order = time


@njit(cache=True, error_model="numpy")
def ring_up_all(
    customers: Any,
    visits: Any,
    orders: Any,
    shop: Any,
    point_cost: float,
    threshold: int,
    dearer: Any,
    cash: Any,
    pending_days: int,
    expiry_days: int,
    lots: Any,
    pool: Any,
    release: Any,
    expiry: Any,
    books: Any,
    origin: int,
    returns: Any,
    returned: int,
    retained: Any,
) -> tuple[int, int]:
    """Rings up the own orders of a tick.

    `threshold` is -1 without a points programme, `dearer` the points of further gifts, ascending,
    `cash` the terms of points plus cash; `expiry_days` is -1
    for points that never lapse.

    Returns:
        Number of orders, number of entries in `returns`.
    """
    s = shop[0]
    n = 0
    for i in range(len(visits)):
        v = visits[i]
        if v.shop != 0:
            continue
        c = customers[v.row]
        o = orders[n]
        n += 1
        day = int(v.time // 1.0) - origin
        ring_up(c, v, o, s, point_cost)
        granted = o.discount_fen + o.post_forgone_fen + o.gift_fen
        paid = o.list_fen - o.discount_fen
        book_order(c, v.time, paid, granted / max(o.list_fen, 1), int(day // PERIOD_DAYS), s.category_gap_days)
        c.points_rate = v.points
        if v.joins:
            c.member_until = v.member_until
        lot = -1
        if o.points_earned > 0:
            lot = earn(
                c,
                v.row,
                o.points_earned,
                day,
                pending_days,
                expiry_days,
                o.returned,
                lots,
                pool,
                release,
                expiry,
                books[day],
            )
        if threshold >= 0 and v.redeems:
            o.points_redeemed = redeem(c, threshold, dearer, lots, pool, books[day])
            if cash[0] > 0.0 and o.points_redeemed == 0:
                o.points_redeemed = redeem_with_cash(c, v, o, threshold, cash, lots, pool, books[day])
        if o.returned:
            r = returns[returned]
            r.row = v.row
            r.day = o.return_day
            r.refund_fen = o.refund_fen
            r.lot = lot
            returned += 1
        if v.time >= 0.0:
            track(c, v.time, retained)
        book_day(o, books, day, len(books) - 1)
    return n, returned


@njit(cache=True, error_model="numpy")
def take_returns(
    customers: Any, returns: Any, returned: int, before: int, lots: Any, pool: Any, book: Any, touched: Any
) -> tuple[int, int]:
    """Parcels that came back on days before `before`; returns how many entries are left, and rows touched."""
    kept = 0
    n = 0
    for i in range(returned):
        r = returns[i]
        if r.day < before:
            c = customers[r.row]
            book_return(c, r.refund_fen)
            if r.lot >= 0:
                claw_back(c, r.lot, lots, pool, book)
                touched[n] = r.row
                n += 1
        else:
            if kept != i:
                returns[kept] = returns[i]
            kept += 1
    return kept, n


@njit(cache=True, error_model="numpy")
def add_contacts(visits: Any, contacts: Any, used: int, people: Any) -> int:
    """After-sales contacts that today's orders will bring; returns how many are waiting now."""
    for i in range(len(visits)):
        v = visits[i]
        if v.shop == 0 and v.contact_delay > 0.0:
            c = contacts[used]
            c.time = v.time + v.contact_delay
            c.key = v.key
            c.row = v.row
            c.need = v.need
            c.hurt = v.quality_hurt
            c.patience = people[v.row].patience
            c.wait = 0.0
            c.answered = True
            c.recovered = False
            used += 1
    return used


@njit(cache=True, error_model="numpy")
def open_pages(customers: Any, people: Any, first_row: int) -> None:
    """Blank pages in the customer file for people from `first_row` on."""
    for i in range(first_row, len(customers)):
        open_file(customers[i], people[i].key)
