"""The tick's compiled acts: each runs the verbs of a visit that need nobody's leave, in their order. Calls and counts only.

Between two acts stand the policy's answers, the post, and the sorting by time. One call for many verbs spares the way
from Python into compiled code, which a small shop feels. Their Python originals run the same verbs one by one.
"""

from typing import Any

import numpy as np
from numba import njit

from sim.ordering import settle_ties
from sim.people.batch import admit, approach_all, decide_all, experience_all, meet_all
from sim.reach import tell_rewards
from sim.shop.desk import book_callers, keep_heard, serve, serve_at_once
from sim.shop.money import COLUMN
from sim.shop.register import add_contacts, keep_newcomers, open_pages, price_up, ring_up_all

_NEEDS, _VISITS, _PROSPECTS = COLUMN["needs"], COLUMN["visits"], COLUMN["prospects"]
_ASKS, _REFUSALS = COLUMN["asks"], COLUMN["refusals"]


@njit(cache=True, error_model="numpy")
def gather(
    people: Any, customers: Any, next_time: Any, rows: Any, came: Any, times: Any, keys: Any, new_keys: Any,
    new_times: Any, first: int, mind: Any, seed: int, clock: Any, factor: Any, origin: int, missed: Any, book: Any,
) -> int:  # fmt: skip
    """Who comes today: customers among the due `rows` who think of the shop, and prospects, from row `first` on.

    Their rows, times and keys are written to `came`, `times` and `keys`; returns how many come.
    """
    n, needs = meet_all(people, next_time, rows, came, times, keys, mind, seed, clock, factor, origin, missed)
    book[_NEEDS] += needs + len(new_keys)
    book[_VISITS] += n
    book[_PROSPECTS] += len(new_keys)
    if len(new_keys) > 0:
        admit(people, new_keys, new_times, first, came, times, keys, n, mind, seed)
        open_pages(customers, people, first)
    return n + len(new_keys)


@njit(cache=True, error_model="numpy")
def open_counter(
    people: Any, customers: Any, visits: Any, raw: Any, came: Any, times: Any, keys: Any, order: Any, first: int,
    mind: Any, shop: Any, seed: int, level: Any, contacts: Any, calls: Any, ordinary: Any, priority: Any, desk: Any,
    with_desk: bool, book: Any, heard: Any,
) -> int:  # fmt: skip
    """Baskets, and the desk: chats and after-sales contacts in one queue. Returns how many contacts midnight will hear.

    `order` sorts `times`, and `calls` the times of `contacts`.
    """
    settle_ties(order, times, keys)
    settle_ties(calls, contacts["time"], contacts["key"])
    approach_all(people, came, times, order, first, visits, raw, mind, seed, level)
    price_up(visits, shop)
    if with_desk:
        serve(visits, contacts, calls, customers, ordinary, priority, desk, seed)
        book_callers(visits, contacts, book)
    else:
        serve_at_once(contacts, desk, seed)
    return keep_heard(contacts, heard)


@njit(cache=True, error_model="numpy")
def close_sale(
    people: Any, customers: Any, visits: Any, orders: Any, first: int, mind: Any, shop: Any, seed: int,
    point_cost: float, threshold: int, dearer: Any, cash: Any, pending_days: int, expiry_days: int, lots: Any,
    pool: Any, release: Any, expiry: Any, books: Any, origin: int, returns: Any, returned: int, retained: Any,
    contacts: Any, waiting: int,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Decisions, and the register: prospects who bought nothing are forgotten, rows from `first` on close ranks.

    Returns:
        Orders, rows of people in use, entries of `returns` and of `contacts`.
    """
    decide_all(people, visits, mind, seed)
    used = keep_newcomers(people, customers, visits, first)
    sold, returned = ring_up_all(
        customers, visits, orders, shop, point_cost, threshold, dearer, cash, pending_days, expiry_days, lots, pool,
        release, expiry, books, origin, returns, returned, retained,
    )  # fmt: skip
    waiting = add_contacts(visits, contacts, waiting, people)
    if threshold >= 0:
        tell_rewards(people, customers, orders["row"], sold, threshold)
    return sold, used, returned, waiting


@njit(cache=True, error_model="numpy")
def take_leave(
    people: Any, visits: Any, next_time: Any, mind: Any, seed: int, clock: Any, factor: Any, origin: int, missed: Any,
    book: Any,
) -> None:  # fmt: skip
    """What the visit leaves in the mind, and the day of the next need."""
    asks = np.zeros(2, np.int64)
    experience_all(people, visits, next_time, mind, seed, clock, factor, origin, missed, asks)
    book[_ASKS] += asks[0]
    book[_REFUSALS] += asks[1]
