"""Messages as records, and the loops over them: what is booked at midnight, opened, brought to the counter, answered."""

from typing import Any

import numpy as np
from numba import njit

from sim.people.opening import deliver, hear, present

RESPONSE_DAYS = (2, 10, 30, 90)
MEMORY = 16  # messages whose days a mailbox keeps: the highest contact cap

MESSAGE = np.dtype(
    [
        ("id", "i8"),  # 1, 2, ... in order of sending
        ("row", "i8"),
        ("key", "i8"),
        ("wave", "i8"),  # row of the table of waves
        ("segment", "i8"),
        ("time", "f8"),  # midnight of sending
        ("number", "i8"),  # address of its chance: campaign, wave and how often before
        ("holdout", "?"),  # not sent
        ("open_time", "f8"),  # nan: never
        ("opened", "?"),
        ("used", "?"),  # its coupon
        ("times_used", "i8"),  # orders it was used at
        ("unsubscribed", "?"),
        ("regained", "?"),  # it ended `away`
        ("woken", "?"),  # it made a sleeping dog leave
        ("previous", "i8"),  # id of the customer's message before; 0 = none
        ("next_order", "f8"),  # day of the first order after it; nan = none yet
        ("orders_90", "i8"),  # orders in the 90 days after it
        ("contribution_90_fen", "i8"),  # of these orders
        # what the customer file said at its sending
        ("orders", "i8"),
        ("spend_fen", "i8"),
        ("last_order", "f8"),
        ("mean_gap", "f8"),
    ],
    align=True,
)
WAVE = np.dtype(
    [
        ("offer", "?"),
        ("coupon", "?"),
        ("coupon_share", "f8"),
        ("coupon_yuan", "f8"),
        ("uses", "i8"),  # orders it is good for
        ("minimum", "f8"),
        ("classes", "i1", (4,)),
        ("days_valid", "f8"),
        ("page", "?"),
        ("open_chance", "f8"),
        ("unit", "i8"),  # cost of a message, 1/10,000 yuan
        ("open_unit", "i8"),  # of an opened one
        ("code", "?"),  # to be passed on to friends, whose the coupon is
    ],
    align=True,
)
MAILBOX = np.dtype([("last", "i8"), ("days", "i4", (MEMORY,))], align=True)  # id of the last message; days of the last


@njit(cache=True, error_model="numpy")
def answer(t: Any, time: float, contribution_fen: int) -> bool:
    """Books an order at `time` as an answer to an earlier message; False if it is too old."""
    if time >= t.time + 90.0:
        return False
    if np.isnan(t.next_order):
        t.next_order = time
    t.orders_90 += 1
    t.contribution_90_fen += contribution_fen
    return True


@njit(cache=True, error_model="numpy")
def copy_file(t: Any, c: Any) -> None:
    """What the customer file says, at the sending, of who gets the message."""
    t.segment = c.segment
    t.orders = c.orders
    t.spend_fen = c.spend_fen
    t.last_order = c.last_order
    t.mean_gap = c.mean_gap


@njit(cache=True, error_model="numpy")
def post_all(
    people: Any, customers: Any, boxes: Any, messages: Any, waves: Any, first: int, rows: Any, held: Any, numbers: Any,
    wave: int, day: float, constants: Any, seed: int,
) -> None:  # fmt: skip
    """Books one wave, message by message, into `messages` from `first` on.

    Rows, `held` (left untouched) and `numbers` (addresses of chance) have shape (n,).
    """
    m = constants[0]
    for k in range(len(rows)):
        i = rows[k]
        c, box, t = customers[i], boxes[i], messages[first + k]
        t.id = first + k + 1
        t.row = i
        t.key = c.key
        t.wave = wave
        copy_file(t, c)
        t.time = day
        t.number = numbers[k]
        t.holdout = held[k]
        t.open_time = np.nan
        t.next_order = np.nan
        t.previous = box.last
        box.last = t.id
        if not t.holdout:
            if not waves[wave].page:
                box.days[c.messages % MEMORY] = int(day)
                c.messages += 1
            deliver(people[i], t, waves[wave], m, seed)


@njit(cache=True, error_model="numpy")
def hear_all(
    people: Any, customers: Any, next_time: Any, messages: Any, waves: Any, ids: Any, now: float, constants: Any,
    mind: Any, seed: int, clock: Any, factor: Any, origin: int,
) -> int:  # fmt: skip
    """Step `hear` for the opened messages `ids`, in their order; returns what the openings cost, 1/10,000 yuan."""
    m, d = constants[0], mind[0]
    units = 0
    for k in range(len(ids)):
        t = messages[ids[k] - 1]
        w = waves[t.wave]
        c = customers[t.row]
        next_time[t.row] = hear(
            people[t.row], t, w, next_time[t.row], now, m, d, seed, clock, factor, origin
        )  # fmt: skip
        c.opens += 1
        if t.unsubscribed:
            c.unsubscribed = True
        units += w.open_unit
    return units


@njit(cache=True, error_model="numpy")
def present_all(people: Any, visits: Any, messages: Any, waves: Any, mind: Any, seed: int) -> None:
    """Step `present` for all at the counter who hold a coupon."""
    m = mind[0]
    for k in range(len(visits)):
        v = visits[k]
        p = people[v.row]
        if p.coupon > 0:
            t = messages[p.coupon - 1]
            present(p, v, t, waves[t.wave], m, seed)


@njit(cache=True, error_model="numpy")
def answer_all(visits: Any, orders: Any, boxes: Any, messages: Any) -> None:
    """Marks used coupons, and books each order as an answer to its customer's messages of the last 90 days."""
    n = 0
    for k in range(len(visits)):
        v = visits[k]
        if v.shop != 0:
            continue
        o = orders[n]
        n += 1
        if v.coupon > 0:
            messages[v.coupon - 1].used = True
            messages[v.coupon - 1].times_used += 1
        i = boxes[v.row].last if v.row < len(boxes) else 0
        while i > 0 and answer(messages[i - 1], o.time, o.contribution_fen):
            i = messages[i - 1].previous


@njit(cache=True, error_model="numpy")
def copy_mail(customers: Any, boxes: Any, rows: Any, messages: Any, opens: Any, unsubscribed: Any, last: Any) -> None:
    """What the file tells campaigns alone, of `rows`: shape (n,) each; `last` is the day of the last message."""
    for k in range(len(rows)):
        c = customers[rows[k]]
        messages[k] = c.messages
        opens[k] = c.opens
        unsubscribed[k] = c.unsubscribed
        last[k] = boxes[rows[k]].days[(c.messages - 1) % MEMORY] if c.messages > 0 else np.nan
