"""Prospects: a seasonal Poisson stream of candidates, uncovered layer by layer as a channel is paid more.

Layer k holds the candidates between rates 2**k - 1 and 2**(k+1) - 1 a day. A higher rate uncovers more of one fixed
stream, so it adds arrivals and moves none; the thinning draw decides inside the layer that the rate cuts.
"""

from math import log
from typing import Any

import numpy as np
from numba import njit

from sim.contract import F64, I64
from sim.draws import ARRIVAL, uniform_pair, uniform_pairs

LAYERS = 20
DAYS_AHEAD = 32  # drawn at a time: one call for many ticks
BLOCK = 128  # candidates whose luck is drawn at a time
LAYER_BITS = 40  # a candidate's number: layer above, ordinal below


@njit(cache=True, error_model="numpy")
def gap_before(u: float, layer: int) -> float:
    """Days from one candidate of a layer to the next."""
    return -log(u) / 2.0**layer


@njit(cache=True, error_model="numpy")
def candidate(seed: int, key_base: int, layer: int, ordinal: int) -> tuple[float, float]:
    """Gap to this candidate from the one before, days, and its thinning draw."""
    u, w = uniform_pair(seed, key_base + (layer << LAYER_BITS) + ordinal, 0, ARRIVAL)
    return gap_before(u, layer), w


@njit(cache=True, error_model="numpy")
def uncovered(layer: int, w: float, rate: float) -> bool:
    """Does a rate (per day) reach a candidate of this layer with thinning draw `w`?"""
    return w < (rate - (2.0**layer - 1.0)) / 2.0**layer


@njit(cache=True, error_model="numpy")
def collect(
    seed: int, key_base: int, before: float, rate: Any, first_day: int, clock: Any, ordinal: Any, keys: Any, times: Any
) -> int:
    """Candidates before `before` that the day's rate reaches, written to `keys` and `times`; returns how many.

    `clock` (day of the next candidate) and `ordinal` (its number) are the state of each layer, shape (LAYERS,).
    """
    number, need = np.empty(BLOCK, np.int64), np.zeros(BLOCK, np.int64)
    luck, thinning = np.empty(BLOCK), np.empty(BLOCK)
    n = 0
    top = 0.0
    for i in range(len(rate)):
        top = max(top, rate[i])
    for layer in range(LAYERS):
        if 2.0**layer - 1.0 >= top:
            break
        base = key_base + (layer << LAYER_BITS)
        first = ordinal[layer] - BLOCK  # of the candidates whose luck is at hand: none yet
        while clock[layer] < before and n < len(keys):
            at = ordinal[layer] - first
            if at >= BLOCK - 1:  # the gap to the next one is needed too
                first, at = ordinal[layer], 0
                for k in range(BLOCK):
                    number[k] = base + first + k
                uniform_pairs(seed, number, need, ARRIVAL, luck, thinning)
            day = int(clock[layer] // 1.0) - first_day
            if 0 <= day < len(rate) and uncovered(layer, thinning[at], rate[day]):
                keys[n] = number[at]
                times[n] = clock[layer]
                n += 1
            ordinal[layer] += 1
            clock[layer] += gap_before(luck[at + 1], layer)
    return n


def passing_rate(prospect_rate: float, shoppers: int, factor: F64) -> F64:
    """Visits per day, before day 0, of prospects who bought nothing; shape of `factor`, the season of those days.

    Those who did buy are the customers of day 0, whose first orders are spread over those days in season.
    """
    return np.maximum(prospect_rate - shoppers / factor.sum(), 0.0) * factor


class Arrivals:
    """One channel's prospects from a first day on.

    Args:
        rate: Visits per day, by day from `first_day` on, shape (days,).
        key_base: Kind of the channel, in the top bits.
        shard, shards: Only candidates whose key falls into the shard are served here.
        first_day: On which the stream begins.
    """

    def __init__(self, rate: F64, key_base: int, seed: int, shard: int, shards: int, first_day: int = 0) -> None:
        self.rate = rate
        self.key_base = key_base
        self.seed = seed
        self.shard, self.shards = shard, shards
        self.first_day = first_day
        self.ordinal: I64 = np.zeros(LAYERS, np.int64)
        self.clock: F64 = np.array([first_day + candidate(seed, key_base, k, 0)[0] for k in range(LAYERS)])
        self.drawn_until = -np.inf
        self.keys: I64 = np.zeros(0, np.int64)  # drawn and not yet served
        self.times: F64 = np.zeros(0)

    def before(self, time: float) -> tuple[I64, F64]:
        """Keys and times of all prospects not yet served who arrive before `time`, in order of time."""
        if time > self.drawn_until:
            self.drawn_until = time + DAYS_AHEAD
            keys, times = self._draw(self.drawn_until)
            self.keys, self.times = np.concatenate([self.keys, keys]), np.concatenate([self.times, times])
        n = int(np.searchsorted(self.times, time))
        keys, times, self.keys, self.times = self.keys[:n], self.times[:n], self.keys[n:], self.times[n:]
        return keys, times

    def _draw(self, time: float) -> tuple[I64, F64]:
        """Keys and times of those not yet drawn who arrive before `time`, in order of time."""
        found_keys, found_times = [], []
        room = int(self.rate.max(initial=0.0) * (DAYS_AHEAD + 1) * 1.2) + 100
        while True:
            keys, times = np.empty(room, np.int64), np.empty(room)
            n = collect(
                self.seed, self.key_base, time, self.rate, self.first_day, self.clock, self.ordinal, keys, times
            )
            found_keys.append(keys[:n])
            found_times.append(times[:n])
            if n < room:
                break
        keys, times = np.concatenate(found_keys), np.concatenate(found_times)
        if self.shards > 1:
            mine = keys % self.shards == self.shard
            keys, times = keys[mine], times[mine]
        order = np.argsort(times, kind="stable")
        return keys[order], times[order]
