"""Logged customers at the start of the simulation, each drawn given that customer's own log.

The log shows own orders; the world has category needs. Of the needs of a shopper who has not left, a share `own_share`
becomes own orders, and at every need, wherever met, the shopper leaves with probability `exit_probability`. With s the
share, p the chance to leave before another order and lambda the rate of orders as fitted, the needs are

    stop = s / (1 - p*(1 - s)),   exit_probability = p * stop,   cycle = stop / lambda.

`stop` is the chance that a need ends the wait, by an order or by leaving, so that the chance of another order is 1 - p
and the mean gap to it 1/lambda, exactly; at k = 1 the orders have the very law that was fitted.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, gammaincc, gammaincinv, ndtri

from sim.draws import KIND_LOGGED, hash_key, shopper_key, uniforms
from sim.orders.clock import Clock, posterior
from sim.orders.fit import Fit
from sim.orders.log import F64, I64, Histories, OrderLog, first_rows, histories
from sim.orders.needs import last_need, residual
from sim.orders.values import level_law

# Purposes of `sim.draws` used here, at need 0 (and 98, 99 at the ordinals of trial and step in `needs`).
STATE, RATE, ALIVE, LEVEL = 96, 97, 100, 101
_LONGEST_CYCLE = 36_500.0  # days; a rate drawn next to 0 is told from none by nothing
_LEAST_SHAPE, _MOST_SHAPE = 0.3, 8.0


@dataclass(frozen=True)
class Given:
    """Shoppers at the start, one row per logged customer in the log's order, shape (n,).

    Attributes:
        key: Of the shopper's draws, from the customer's id alone.
        cycle_days: Mean gap between category needs, days.
        exit_probability: To leave at a need, in [0, 1].
        away: Whether the shopper has left already: needs go on, never here.
        next_need: Days from the start to the next need, > 0.
        value_level: Level of order values, ln yuan.
        orders: Own orders in the log, >= 1.
        first_day, last_day: Of the first and last own order, days before the start as numbers < 0.
        spend: Sum of own orders, yuan.
        mean_gap: Own mean gap between orders, days; nan with one order.
        shape: Regularity of need gaps, common to all.
        own_share: Share of needs met here by shoppers who have not left; raised where the log's regularity asks for it.
        value_within: Standard deviation of a shopper's ln order value around the level.
        exit_after_first: False: nobody leaves before the second own order.
        said: Remarks for the reader, one line each.
    """

    key: I64
    cycle_days: F64
    exit_probability: F64
    away: np.ndarray
    next_need: F64
    value_level: F64
    orders: I64
    first_day: F64
    last_day: F64
    spend: F64
    mean_gap: F64
    shape: float
    own_share: float
    value_within: float
    exit_after_first: bool
    said: tuple[str, ...]


def need_shape(order_shape: float, own_share: float) -> tuple[float, float]:
    """Regularity of needs behind the regularity of orders, and the share that makes it possible.

    Args:
        order_shape: k of gaps between own orders, in [0.3, 8].
        own_share: s, share of needs that become orders, in (0, 1].
    Returns:
        Regularity of needs in [0.3, 8] and own_share, raised if need be. Thinning at random gives 1/k_order = 1 - s +
        s/k_need (mean and variance of a geometric sum).
    """
    burst = 1.0 / order_shape - 1.0
    least = (1.0 - 1.0 / _MOST_SHAPE) ** -1 * -burst if burst < 0 else burst * _LEAST_SHAPE / (1.0 - _LEAST_SHAPE)
    share = min(max(own_share, least), 1.0)
    return float(np.clip(share / (burst + share), _LEAST_SHAPE, _MOST_SHAPE)), share


def draw_given_log(fit: Fit, log: OrderLog, own_share: float = 0.4, seed: int = 0) -> Given:
    """One draw of every logged customer's traits and state, given that customer's own log.

    Rate, exit and state come from the exact posterior of the fitted clock by inversion; the needs since the last order
    from their exact law given that none of them became an order.

    Args:
        fit: The population (of this log, or of another).
        log: The customers.
        own_share: Share of needs that become own orders, in (0, 1].
        seed: Of the run. A customer's draw depends on it, the id and the customer's own orders, on nobody else.
    Raises:
        ValueError: `own_share` is out of its range.
    """
    if not 0.0 < own_share <= 1.0:
        raise ValueError(f"own_share: {own_share}; expected a number in (0, 1]")
    seen = histories(log)
    shape, share = need_shape(fit.clock.shape, own_share)
    said = [] if share == own_share else [f"own_share raised from {own_share:g} to {share:.3g}: orders are so regular"]
    if fit.clock.shape < 1.0 and share != own_share:
        said = [f"own_share raised from {own_share:g} to {share:.3g}: orders are so irregular"]
    key = np.array(
        [shopper_key(KIND_LOGGED, hash_key(str(name))) for name in log.customers],
        dtype=np.int64,
    )
    rate, p, alive = _state(fit.clock, seen, share, seed, key)
    stop = share / (1.0 - p * (1.0 - share))
    unsure = _cannot_leave(fit.clock, seen)
    wait_stop = np.where(unsure, share, stop)
    cycle = np.minimum(wait_stop / rate, _LONGEST_CYCLE)
    last = last_need(seed, key, seen.silence, cycle, shape, np.where(alive, wait_stop, 0.0))
    center, spread = level_law(fit.values, log)
    level = center + spread * ndtri(uniforms(seed, key, 0, LEVEL)[:, 0])
    first = first_rows(log)
    return Given(
        key=key,
        cycle_days=cycle,
        exit_probability=p * stop,
        away=~alive,
        next_need=residual(seed, key, last, cycle, shape),
        value_level=level,
        orders=(seen.repeats + 1.0).astype(np.int64),
        first_day=log.day[first],
        last_day=-seen.silence,
        spend=np.add.reduceat(log.value, first),
        mean_gap=np.where(seen.repeats > 0, seen.recency / np.maximum(seen.repeats, 1.0), np.nan),
        shape=shape,
        own_share=share,
        value_within=fit.values.within,
        exit_after_first=fit.clock.exit_after_first,
        said=tuple(said),
    )


def _cannot_leave(clock: Clock, seen: Histories) -> np.ndarray:
    """Customers whom the fitted clock does not let leave yet."""
    return np.asarray((seen.repeats == 0) & (not clock.exit_after_first))


def _state(clock: Clock, seen: Histories, share: float, seed: int, key: I64) -> tuple[F64, F64, np.ndarray]:
    """Order rate (per day), probability p to leave before another order, and whether still here; shape (n,) each.

    Exact by inversion: first whether another order is pending, then p (beta) and the rate. With a pending gap, gap and
    rate are gamma numbers whose ratio is beta, cut off where the gap ends before the silence does.
    """
    after = posterior(clock, seen)
    which, quantile = uniforms(seed, key, 0, STATE).T
    u, v = uniforms(seed, key, 0, RATE).T
    pending = which < after.pending
    p = betaincinv(
        np.where(pending, clock.a, clock.a + 1.0),
        clock.b + np.where(pending, after.checks, np.maximum(after.checks, 1.0) - 1.0),
        quantile,
    )
    share_of_rate = betaincinv(after.shape, clock.shape, u * after.outlast)
    both = gammaincinv(after.shape + clock.shape, v)
    drawn = np.where(pending, share_of_rate * both, gammaincinv(after.shape, u))
    rate = np.maximum(drawn / after.rate, share / _LONGEST_CYCLE)
    outlast = gammaincc(clock.shape, clock.shape * rate * seen.silence)
    stop = share / (1.0 - p * (1.0 - share))
    here = (1.0 - p * stop) * outlast / (p + (1.0 - p) * outlast)
    here = np.where(_cannot_leave(clock, seen), 1.0, here)
    return rate, p, uniforms(seed, key, 0, ALIVE)[:, 0] < here
