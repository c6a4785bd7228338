"""Order of time, and of customer number where two times are equal."""

from typing import Any

import numpy as np
from numba import njit

from sim.contract import F64, I64


@njit(cache=True, error_model="numpy")
def settle_ties(order: Any, time: Any, key: Any) -> None:
    """Puts `order`, which sorts `time`, in order of `key` wherever times are equal; in place."""
    for i in range(1, len(order)):
        j = i
        row = order[i]
        while j > 0 and time[order[j - 1]] == time[row] and key[order[j - 1]] > key[row]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = row


def in_order(time: F64, key: I64) -> I64:
    """Order of time and then of key, shape (n,)."""
    order = np.argsort(time)
    settle_ties(order, time, key)
    return order
