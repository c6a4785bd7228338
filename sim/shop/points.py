"""The points ledger: lots, oldest first; pending, available, redeemed, expired, clawed back, to the point.

Points move between orders only at midnight: release when the return window is over, expiry at the end of the last day.
"""

from datetime import date
from math import floor
from typing import Any

import numpy as np
from numba import njit

from sim.contract import PointsProgramme
from sim.shop.money import COLUMN

LOT = np.dtype(
    [
        ("earned", "i8"),
        ("left", "i8"),
        ("clawed", "i8"),
        ("lapsed", "i8"),  # of those left when the customer had been silent for too long
        ("row", "i4"),
        ("next", "i4"),  # of the customer's list
        ("next_release", "i4"),
        ("next_expiry", "i4"),
        ("events", "i1"),  # midnights still to come: release, expiry, claw-back
        ("pending", "?"),
        ("live", "?"),
        ("linked", "?"),  # still in the customer's list
    ],
    align=True,
)
_ISSUED = COLUMN["points_issued"]
_RELEASED = COLUMN["points_released"]
_REDEEMED = COLUMN["points_redeemed"]
_EXPIRED = COLUMN["points_expired"]
_CLAWED = COLUMN["points_clawed_back"]
_PENDING_CLAWED = COLUMN["points_pending_clawed"]
_PENDING_EXPIRED = COLUMN["points_pending_expired"]
USED, FREE, MATURED, MATURED_REDEEMED = 0, 1, 2, 3  # slots of the pool's state


@njit(cache=True, error_model="numpy")
def take_slot(lots: Any, pool: Any) -> int:
    """A free lot."""
    i = pool[FREE]
    if i >= 0:
        pool[FREE] = lots[i].next
        return int(i)
    i = pool[USED]
    pool[USED] += 1
    return int(i)


@njit(cache=True, error_model="numpy")
def drop_slot(lots: Any, pool: Any, i: int) -> None:
    """Gives a lot back once nothing points at it."""
    lot = lots[i]
    if lot.live and lot.events == 0 and not lot.linked:
        lot.live = False
        lot.next = pool[FREE]
        pool[FREE] = i


@njit(cache=True, error_model="numpy")
def earn(
    c: Any,
    row: int,
    points: int,
    day: int,
    pending_days: int,
    expiry_days: int,
    returned: bool,
    lots: Any,
    pool: Any,
    release: Any,
    expiry: Any,
    book: Any,
) -> int:
    """A new lot of `points` for the order of `day` (an index into the buckets); returns its number."""
    i = take_slot(lots, pool)
    lot = lots[i]
    lot.row = row
    lot.earned = points
    lot.left = points
    lot.clawed = 0
    lot.lapsed = 0
    lot.live = True
    lot.linked = True
    lot.events = 1 if returned else 0
    lot.next = -1
    lot.pending = pending_days > 0
    if lot.pending:
        enter(lots, i, release, day + 1 + pending_days, True)
        c.points_pending += points
    else:
        c.points_available += points
        book[_RELEASED] += points
    if expiry_days >= 0:
        enter(lots, i, expiry, day + 1 + expiry_days, False)
    if c.last_lot >= 0:
        lots[c.last_lot].next = i
    else:
        c.first_lot = i
    c.last_lot = i
    book[_ISSUED] += points
    return i


@njit(cache=True, error_model="numpy")
def enter(lots: Any, i: int, bucket: Any, day: int, release: bool) -> None:
    """Puts a lot into the bucket of a midnight; beyond the horizon nothing will ever happen to it."""
    if day >= len(bucket):
        return
    if release:
        lots[i].next_release = bucket[day]
    else:
        lots[i].next_expiry = bucket[day]
    bucket[day] = i
    lots[i].events += 1


@njit(cache=True, error_model="numpy")
def trim(c: Any, lots: Any, pool: Any) -> None:
    """Takes empty lots off the head of a customer's list."""
    while c.first_lot >= 0 and lots[c.first_lot].left == 0:
        i = c.first_lot
        c.first_lot = lots[i].next
        if c.first_lot < 0:
            c.last_lot = -1
        lots[i].linked = False
        drop_slot(lots, pool, i)


@njit(cache=True, error_model="numpy")
def spend(c: Any, points: int, clawed: bool, lots: Any, pool: Any) -> int:
    """Takes up to `points` available points, oldest lots first, for a gift or clawed back; returns how many."""
    taken = 0
    i = c.first_lot
    while i >= 0 and taken < points:
        lot = lots[i]
        if not lot.pending:
            part = min(lot.left, points - taken)
            lot.left -= part
            if clawed:
                lot.clawed += part
            taken += part
        i = lot.next
    c.points_available -= taken
    trim(c, lots, pool)
    return taken


@njit(cache=True, error_model="numpy")
def redeem(c: Any, threshold: int, dearer: Any, lots: Any, pool: Any, book: Any) -> int:
    """The dearest gift for which there are points enough; at threshold 0 whatever is there. Returns points redeemed."""
    if c.points_available < max(threshold, 1):
        return 0
    price = threshold if threshold > 0 else c.points_available
    for k in range(len(dearer)):
        if c.points_available >= dearer[k]:
            price = dearer[k]
    taken = spend(c, price, False, lots, pool)
    book[_REDEEMED] += taken
    return taken


@njit(cache=True, error_model="numpy")
def claw_back(c: Any, i: int, lots: Any, pool: Any, book: Any) -> None:
    """A returned order takes its points back: from its own lot, then from older ones as far as they go."""
    lot = lots[i]
    lot.events -= 1
    due = lot.earned
    part = min(lot.left, due)
    lot.left -= part
    lot.clawed += part
    if lot.pending:
        c.points_pending -= part
        book[_PENDING_CLAWED] += part
    else:
        c.points_available -= part
    book[_CLAWED] += part
    due -= part
    if due > 0 and c.points_available > 0:
        book[_CLAWED] += spend(c, due, True, lots, pool)
    trim(c, lots, pool)
    drop_slot(lots, pool, i)


@njit(cache=True, error_model="numpy")
def midnight(customers: Any, day: int, lots: Any, pool: Any, release: Any, expiry: Any, book: Any, touched: Any) -> int:
    """Releases, then expires, what is due; the rows touched go to `touched`, their number is returned."""
    n = 0
    i = release[day]
    while i >= 0:
        lot = lots[i]
        following = lot.next_release
        c = customers[lot.row]
        lot.pending = False
        lot.events -= 1
        c.points_pending -= lot.left
        c.points_available += lot.left
        book[_RELEASED] += lot.left
        n = note(touched, n, lot.row)
        drop_slot(lots, pool, i)
        i = following
    i = expiry[day]
    while i >= 0:
        lot = lots[i]
        following = lot.next_expiry
        c = customers[lot.row]
        lot.events -= 1
        pool[MATURED] += lot.earned - lot.clawed
        pool[MATURED_REDEEMED] += lot.earned - lot.clawed - lot.lapsed - lot.left
        if lot.pending:
            c.points_pending -= lot.left
            book[_PENDING_EXPIRED] += lot.left
        else:
            c.points_available -= lot.left
        book[_EXPIRED] += lot.left
        lot.left = 0
        n = note(touched, n, lot.row)
        if lot.linked:
            trim(c, lots, pool)
        drop_slot(lots, pool, i)
        i = following
    return n


@njit(cache=True, error_model="numpy")
def lapse_silent(
    customers: Any, day: int, inactivity_days: int, lots: Any, pool: Any, book: Any, touched: Any, n: int
) -> int:
    """All points of those whose last order lies `inactivity_days` full days before midnight `day` (of the run) lapse.

    Rows touched follow the first `n` in `touched`; their new number is returned.
    """
    for row in range(len(customers)):
        c = customers[row]
        if c.first_lot < 0 or int(floor(c.last_order)) + 1 + inactivity_days > day:
            continue
        i = c.first_lot
        while i >= 0:
            lot = lots[i]
            if lot.pending:
                c.points_pending -= lot.left
                book[_PENDING_EXPIRED] += lot.left
            else:
                c.points_available -= lot.left
            book[_EXPIRED] += lot.left
            lot.lapsed += lot.left
            lot.left = 0
            i = lot.next
        trim(c, lots, pool)
        n = note(touched, n, row)
    return n


def days_to_lapse(programme: PointsProgramme, on: date | None) -> int:
    """Days from an order on a date until its points lapse, whichever end comes first; -1 = never.

    The date matters only to a programme that clears all points on one; others may leave it out.
    At the end of the day on which the programme clears all points, also those of that day's orders are gone.
    """
    ends = [] if programme.expiry_days is None else [programme.expiry_days]
    if programme.lapse_on is not None and on is not None:
        clearing = on.replace(month=programme.lapse_on[0], day=programme.lapse_on[1])
        ends.append(((clearing if clearing >= on else clearing.replace(year=on.year + 1)) - on).days)
    return min(ends, default=-1)


@njit(cache=True, error_model="numpy")
def note(touched: Any, n: int, row: int) -> int:
    """Appends a row as far as there is room (the caller sizes it by the pool)."""
    touched[n] = row
    return n + 1


@njit(cache=True, error_model="numpy")
def days_to_reward(c: Any, threshold: int, points_per_yuan: float) -> tuple[float, float]:
    """Days to the next gift at the customer's own pace, with the points available and with none; inf-like if never.

    Progress is (available mod threshold) / threshold, and 0 while a reward lies unredeemed (Kivetz et al. 2006: reset).
    """
    if threshold <= 0 or points_per_yuan <= 0.0 or c.orders == 0 or c.spend_fen <= 0:
        return 1e12, 1e12
    pace = c.spend_fen / c.orders * points_per_yuan / c.mean_gap  # points (fen of face value) per day
    full = threshold / pace
    if c.points_available >= threshold:
        return full, full
    return (threshold - c.points_available) / pace, full
