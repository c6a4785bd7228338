"""Waiting for coupons: who has come to expect them puts a need off, once, until the next one.

`w` is the habit (`sim.waiting.HABIT`), `p` the shopper, `m` the constants of messages.
"""

from math import exp, log1p
from typing import Any

from numba import njit

from sim.draws import COUPON_COME, COUPON_WAIT, uniform_pair
from sim.people.clock import operational


@njit(cache=True, error_model="numpy")
def fade_coupons(w: Any, p: Any, mind: Any) -> None:
    """Fades the expectation by `expectation_decay` for each need since it was last looked at."""
    for _ in range(p.need - w.need):
        w.expected = w.expected * (1.0 - mind.expectation_decay)
    w.need = p.need


@njit(cache=True, error_model="numpy")
def expect_coupon(w: Any, p: Any, size: float, mind: Any) -> None:
    """A coupon of `size` (share of the usual basket, 0-0.5) was read: expected as an own concession is (`learn`)."""
    fade_coupons(w, p, mind)
    w.expected = p.ref_carryover * w.expected - (1.0 - p.ref_carryover) * p.expectation_gain * log1p(-size)


@njit(cache=True, error_model="numpy")
def put_off(
    w: Any, p: Any, time: float, m: Any, mind: Any, seed: int, clock: Any, factor: Any, origin: int
) -> float:  # fmt: skip
    """Day of the need that falls due at `time` with no coupon at hand: as it was, or later. A need is put off once.

    `mind.stockpile_shift` of the days lost are made up for in the gap after it, as with a need moved forward.
    """
    fade_coupons(w, p, mind)
    if w.put_off == p.need + 1:
        return time
    u, v = uniform_pair(seed, p.key, p.need + 1, COUPON_WAIT)
    if u >= 1.0 - exp(-w.expected * m.coupon_wait):
        return time
    w.put_off = p.need + 1
    later = time + v * m.coupon_wait_days
    p.owed -= mind.stockpile_shift * (
        operational(later, clock, factor, origin) - operational(time, clock, factor, origin)
    )
    return later


@njit(cache=True, error_model="numpy")
def come_for_it(
    w: Any, p: Any, time: float, now: float, mind: Any, seed: int, clock: Any, factor: Any, origin: int
) -> float:  # fmt: skip
    """Day of the next need, now that a coupon has come: within a day, if the need was put off for it."""
    if w.put_off != p.need + 1 or p.away or p.gone != 0:
        return time
    u, _ = uniform_pair(seed, p.key, p.need + 1, COUPON_COME)
    sooner = min(now + u, time)
    p.owed += mind.stockpile_shift * (
        operational(time, clock, factor, origin) - operational(sooner, clock, factor, origin)
    )
    return sooner
