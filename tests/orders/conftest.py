"""Order logs of shoppers whose truth is known, in continuous time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from sim.orders.clock import Clock
from sim.orders.log import F64, OrderLog

SPAN, COHORT = (
    400.0,
    90.0,
)  # days: first orders lie between SPAN and SPAN - COHORT days before the start


@dataclass(frozen=True)
class Truth:
    """A simulated log and what became of its customers, in the log's order."""

    log: OrderLog
    alive: np.ndarray  # has not left at the start
    later: F64  # own orders in [0, horizon)
    later_days: F64  # days with own orders in [0, horizon), as a log counts them


def order_log(customer: np.ndarray, day: F64, value: F64, names: list[str] | None = None) -> OrderLog:
    """A log from bare columns: every customer number below the largest has an order."""
    order = np.lexsort((day, customer))
    count = int(customer.max()) + 1
    ids = np.array(names if names else [f"{number:06d}" for number in range(count)])
    return OrderLog(
        ids,
        customer[order].astype(np.int64),
        day[order],
        value[order],
        date(2025, 1, 1),
    )


def simulate(
    clock: Clock,
    n: int,
    own_share: float = 1.0,
    need_shape: float | None = None,
    horizon: float = 270.0,
    seed: int = 1,
) -> Truth:
    """Shoppers with needs at gamma gaps; a share of needs becomes own orders; each need may be the last.

    At own_share 1 this is the fitted clock itself. Below it, rate and exit per need are those of `sim.orders.given`.
    """
    chance = np.random.default_rng(seed)
    k = clock.shape if need_shape is None else need_shape
    rate = chance.gamma(clock.r, 1.0 / clock.alpha, n)
    p = chance.beta(clock.a, clock.b, n)
    stop = own_share / (1.0 - p * (1.0 - own_share))
    mean_gap = stop / np.maximum(rate, 1e-9)
    time = -SPAN + COHORT * chance.random(n)
    here = np.ones(n, dtype=bool)
    own = np.zeros(n, dtype=np.int64)
    left = np.full(n, np.inf)
    rows = np.arange(n)
    bought = np.ones(n, dtype=bool)  # the first need of each is an own order
    who, when = [rows], [time.copy()]
    while len(rows):
        own[rows[bought]] += 1
        may_leave = clock.exit_after_first | (own[rows] > 1)
        leaves = may_leave & (chance.random(len(rows)) < (p * stop)[rows])
        left[rows[leaves]] = time[rows[leaves]]
        here[rows[leaves]] = False
        rows = rows[~leaves]
        time[rows] += chance.gamma(k, mean_gap[rows] / k)
        rows = rows[time[rows] < horizon]
        bought = chance.random(len(rows)) < own_share
        who.append(rows[bought])
        when.append(time[rows[bought]])
    customer, day = np.concatenate(who), np.concatenate(when)
    past = day < 0.0
    level = chance.normal(4.0, 0.5, n)
    value = np.exp(level[customer] + chance.normal(0.0, 0.6, len(customer)))
    return Truth(
        log=order_log(customer[past], day[past], value[past]),
        alive=left >= 0.0,
        later=np.bincount(customer[~past], minlength=n).astype(float),
        later_days=np.bincount(
            np.unique(np.column_stack([customer[~past], np.floor(day[~past])]), axis=0)[:, 0].astype(int), minlength=n
        ).astype(float),
    )


@pytest.fixture
def make_log() -> Callable[..., OrderLog]:
    """`order_log`, for tests of small hand-made logs."""
    return order_log


@pytest.fixture
def world() -> Callable[..., Truth]:
    """`simulate`, for tests against known truth."""
    return simulate


@pytest.fixture
def write(tmp_path):
    """Writes text or bytes to a file and gives its path."""

    def to_file(content, name="orders.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file
