"""Time to lapse: how many customers have not yet let two of their own purchase cycles pass without an order."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.measure.gaps import index_size, lapsed
from sim.measure.records import Run, RunRecords, opened


def survival(folder: Run) -> NDArray[np.float64]:
    """Share of the index group not yet lapsed by day d, d = 0..days; shape (days + 1,), falling, nan for no group.

    A customer lapses when two cycles have passed since the last order (of the run or before it) without another; the
    first time counts, and who orders again later stays lapsed. The cycle is that of the history before day 0, the
    category's with fewer than three orders, so that no policy moves the mark. Those lapsed at day 0 are lapsed from the
    start: the curve begins below 1, alike in twin worlds.
    """
    with opened(folder) as run:
        curve = not_lapsed(run)
        return np.full(run.days + 1, np.nan) if curve is None else curve


def index_customers(folder: Run) -> int:
    """Customers in the index group."""
    with opened(folder) as run:
        return index_size(run)


def not_lapsed(run: RunRecords) -> Any:
    """The curve of `survival` for an open run; None without an index group."""
    counts = np.zeros(run.days + 2, np.int64)
    for day, customers in lapsed(run):
        counts[max(day, 0)] += customers
    return 1 - np.cumsum(counts)[:-1] / counts.sum() if counts.sum() else None
