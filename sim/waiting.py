"""Who has come to expect coupons: the habits by row, and the midnights at which needs are put off for the next coupon."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from sim.columns import Table
from sim.contract import I64
from sim.people.opening import coupon_size
from sim.people.waiting import come_for_it, expect_coupon, put_off
from sim.prefetch import AHEAD, WHOLE, fetch

if TYPE_CHECKING:
    from sim.house import House

HABIT = np.dtype(
    [
        ("expected", "f8"),  # coupon, ln units, >= 0
        ("need", "i8"),  # ordinal up to which it has faded
        ("put_off", "i8"),  # ordinal of the need last put off; 0 = none
    ],
    align=True,
)


@njit(cache=True, error_model="numpy")
def learn_all(
    people: Any, next_time: Any, habits: Any, messages: Any, waves: Any, ids: Any, now: float, mind: Any, seed: int,
    clock: Any, factor: Any, origin: int,
) -> int:  # fmt: skip
    """Steps `expect_coupon` and `come_for_it` for the coupons among the opened messages `ids`; returns how many."""
    d = mind[0]
    n = 0
    for k in range(len(ids)):
        t = messages[ids[k] - 1]
        if waves[t.wave].coupon:
            p, w = people[t.row], habits[t.row]
            expect_coupon(w, p, coupon_size(p, waves[t.wave], d, seed), d)
            next_time[t.row] = come_for_it(w, p, next_time[t.row], now, d, seed, clock, factor, origin)
            n += 1
    return n


@njit(cache=True, error_model="numpy")
def put_off_all(
    people: Any, next_time: Any, habits: Any, messages: Any, waves: Any, now: float, constants: Any, mind: Any, seed: int,
    clock: Any, factor: Any, origin: int, rows: Any,
) -> None:  # fmt: skip
    """Step `put_off` for all needs of the day that begins `now`, of customers near the shop with no good coupon.

    `rows` is room for as many rows as there are habits.
    """
    m, d = constants[0], mind[0]
    n = 0
    for i in range(len(habits)):
        rows[n] = i
        n += (next_time[i] < now + 1.0) & (habits[i].expected > 0.0)
    for k in range(n):
        if k + AHEAD < n:
            fetch(people, rows[k + AHEAD], WHOLE)
        i = rows[k]
        time, p = next_time[i], people[i]
        if p.coupon > 0:
            t = messages[p.coupon - 1]
            if time < t.time + waves[t.wave].days_valid:
                continue
        if not p.away and p.gone == 0:
            next_time[i] = put_off(habits[i], p, time, m, d, seed, clock, factor, origin)


class Waiting:
    """Habits of all customers; without coupons there are none, and nothing is put off."""

    def __init__(self) -> None:
        self.habits = Table(HABIT)
        self.taught = 0  # coupons read so far

    def midnight(self, world: "House", post: Any, opened: I64, day: int) -> None:
        """Coupons read since the last midnight are learnt; needs of the day to come are put off."""
        people, rows, c = world.people.rows, world.next_time.rows, world.calendar
        self.habits.extend(max(len(post.boxes.rows) - len(self.habits.rows), 0))
        habits, messages, waves = self.habits.rows, post.messages.rows, post.waves.rows
        if len(opened):
            self.taught += learn_all(
                people, rows, habits, messages, waves, opened, float(day), world.mind, world.seed, c.clock, c.factor,
                c.origin,
            )  # fmt: skip
        if self.taught:
            put_off_all(
                people, rows, habits, messages, waves, float(day), post.constants, world.mind, world.seed, c.clock,
                c.factor, c.origin, np.empty(len(habits), np.int64),
            )  # fmt: skip
