"""The simulated clock of a shop's customers: needs, thinking of the shop, own orders, leaving; the laws of `sim.people`.

A need comes at gamma gaps, some of them pauses (a second kind of gap, `sub_cycles` of a population). The shopper thinks of the shop with the recall of `sim.people.recall`; of the needs in
which it is thought of a share `own_share` becomes own orders. At each need the shopper leaves with an own probability,
and in any case when an own time in the category is over. All luck has an address, so that two sets of parameters
meet the same one (common random numbers).
"""

from dataclasses import asdict, dataclass
from math import log

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.draws import GAP_EXIT, uniform_pair
from sim.gamma import gamma_quantile, ln_gamma
from sim.gamma_table import gamma_table, tabled_gamma_quantile
from sim.orders.log import F64, I64
from sim.people.recall import recall

STEEPNESS = 2.0  # of the fall of recall: the default of the shop, as orders cannot tell it from the half-life
_CHOICE, _TRAITS, _PAUSE = 201, 202, 203  # purposes of draws: our own, no shopper of a world is met here
_TABLE = 1024  # points of the table of exit probabilities


@dataclass(frozen=True)
class Process:
    """One set of parameters, with the names of `conf/population`.

    Attributes:
        rate_shape: Shape of the gamma law of need rates over shoppers.
        needs_per_day: Its mean, > 0.
        cycle_regularity_k: Gamma shape of a shopper's gaps between needs; 1 is Poisson.
        exit_mean, exit_size: Mean and a + b of the beta law of the probability to leave at a need.
        recall_floor: Share of shoppers' thoughts that never fades, in [0, 1].
        memory_half_life_cycles: Own cycles without contact at which recall has fallen halfway.
        pause_share: Share of gaps that are pauses, in [0, 1).
        pause_factor: How much longer a pause is, >= 1.
        own_share: Share of needs met here when the shop is thought of, in (0, 1]; assumed, never fitted.
        exit_after_first: Whether the first order, too, may be the last.
    """

    rate_shape: float
    needs_per_day: float
    cycle_regularity_k: float = 1.0
    exit_mean: float = 0.1
    exit_size: float = 2.0
    recall_floor: float = 1.0
    memory_half_life_cycles: float = 4.0
    pause_share: float = 0.0
    pause_factor: float = 4.0
    own_share: float = 0.4
    exit_after_first: bool = True

    def figures(self) -> dict[str, float]:
        """The parameters by name."""
        return {name: float(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Simulated:
    """Orders of simulated customers: row of the customer (ascending) and day, merged by day; shape (m,) each."""

    customer: I64
    day: I64


def simulate(process: Process, entry: I64, end: int, seed: int, season: F64 | None = None) -> Simulated:
    """Orders of customers from their first one until `end`.

    Args:
        process: The parameters.
        entry: Day of each customer's first order, 0..end; shape (n,).
        end: Last day that is seen.
        seed: Of the luck; customers are told apart by their row.
        season: Factor of the pace of needs on each day, mean near 1, shape (end + 1,); None: level.
    """
    from scipy.special import betaincinv

    a, b = process.exit_mean * process.exit_size, (1 - process.exit_mean) * process.exit_size
    table = betaincinv(a, b, np.linspace(0.0, 1.0, _TABLE + 1))
    gammas = gamma_table()
    clock = np.r_[0.0, np.cumsum(np.ones(end + 1) if season is None else season)]
    numbers = np.array(list(process.figures().values()))
    days = float((clock[-1] - clock[entry]).sum())
    pace = min(1.1 * process.needs_per_day * process.own_share, 1.0)  # one order a day at most
    room = 64 + len(entry) * 2 + int(days * pace)
    while True:
        who, when = np.empty(room, np.int64), np.empty(room, np.int64)
        used = _orders(entry, end, seed, numbers, table, clock, gammas, who, when)
        if used <= room:
            return Simulated(who[:used], when[:used])
        room = int(used) + 1


def rate_scores(customers: int, seed: int) -> F64:
    """Normal scores of the customers' rates of need in `simulate` with the same seed; shape (n,)."""
    from scipy.special import ndtri

    return np.asarray(ndtri(_rate_uniforms(customers, seed)))


@njit(cache=True, error_model="numpy")
def _rate_uniforms(customers: int, seed: int) -> F64:
    found = np.empty(customers)
    for row in range(customers):
        found[row], _ = uniform_pair(seed, row, 0, _TRAITS)
    return found


@njit(cache=True, error_model="numpy", nogil=True)
def _orders(entry: I64, end: int, seed: int, numbers: F64, table: F64, clock: F64, gammas: F64, who: I64,
            when: I64) -> int:  # fmt: skip
    """Fills the orders in as far as there is room; how many there are."""
    shape, rate, k, floor, half = numbers[0], numbers[1], numbers[2], numbers[5], numbers[6]
    pause, factor, own, after_first = numbers[7], numbers[8], numbers[9], numbers[10] > 0.5
    ln_shape, log_k = ln_gamma(shape), log(k)
    used = 0
    for row in range(len(entry)):
        u, w = uniform_pair(seed, row, 0, _TRAITS)
        cycle = min(shape / max(gamma_quantile(u, shape, ln_shape) * rate, 1e-12), 1e6)
        place = w * _TABLE
        low = min(int(place), _TABLE - 1)
        leaves = table[low] + (place - low) * (table[low + 1] - table[low])
        time = entry[row] + 0.5
        last_day, contact, need = entry[row], time, 1
        if used < len(who):
            who[used], when[used] = row, last_day
        used += 1
        while True:
            u, w = uniform_pair(seed, row, need, GAP_EXIT)
            if w < leaves and (need > 1 or after_first):
                break
            gap = tabled_gamma_quantile(u, k, log_k, gammas) / k * cycle
            if pause > 0.0:
                u, _ = uniform_pair(seed, row, need, _PAUSE)
                gap *= factor if u < pause else 1.0
            time = max(_later(time, gap, clock), time + 1.0)
            if time >= end + 1.0:
                break
            need += 1
            u, w = uniform_pair(seed, row, need, _CHOICE)
            if u >= recall((time - contact) / cycle, half, STEEPNESS, floor):
                continue
            contact = time
            day = int(time)
            if w < own and day > last_day:
                if used < len(who):
                    who[used], when[used] = row, day
                used += 1
                last_day = day
    return used


@njit(cache=True, error_model="numpy")
def _later(time: float, gap: float, clock: F64) -> float:
    """The time at which `gap` seasonal days have passed; beyond the end if they never do."""
    last = len(clock) - 1
    day = int(time)
    if day >= last:
        return time + gap
    target = clock[day] + (time - day) * (clock[day + 1] - clock[day]) + gap
    if target >= clock[last]:
        return last + (target - clock[last])
    high = np.searchsorted(clock, target, side="right")
    return high - 1 + (target - clock[high - 1]) / max(clock[high] - clock[high - 1], 1e-12)


def spread(entry: I64, least: int) -> NDArray[np.int64]:
    """Entry days repeated whole, as often as it takes to reach `least` customers."""
    times = max(1, -(-least // max(len(entry), 1)))
    return np.tile(entry, times)
