"""What each customer will do: the mean over simulated customers with nearly the same past.

A closed form exists for no clock with recall and pauses; nearest neighbours among simulated customers need none.
"""

import numpy as np

from experiments.calibration.process import Process, simulate
from sim.orders.log import F64, I64

_NEIGHBOURS, _CUSTOMERS = 300, 1_000_000


def own_forecast(process: Process, customer: I64, day: I64, cut: int, end: int, seed: int = 7,
                 season: F64 | None = None) -> tuple[F64, F64]:  # fmt: skip
    """Expected and real orders of each customer known at the cut, in the days after it until the end.

    Args:
        process: Parameters of the population.
        customer, day: The log, as in `facts.facts`.
        cut: Last day of the past.
        end: Last day of the future.
        seed: Of the simulated customers' luck.
        season: As in `process.simulate`.
    """
    from scipy.spatial import cKDTree

    past, later = _past(customer, day, cut)
    entry = day[np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])]
    entry = entry[entry <= cut]
    log = simulate(process, np.tile(entry, max(1, -(-_CUSTOMERS // len(entry)))), end, seed, season)
    twins, their_later = _past(log.customer, log.day, cut)
    scale = np.array([4.0, 4.0, 1.0])  # repeats and silence say more than age
    tree = cKDTree(twins * scale)
    alike, row = np.unique(past, axis=0, return_inverse=True)
    _, near = tree.query(alike * scale, k=_NEIGHBOURS)
    rate = np.exp(twins[near, 0]).mean(
        axis=1
    )  # where few twins order as often, theirs is scaled to the customer's pace
    return (their_later[near].mean(axis=1) * np.exp(alike[:, 0]) / rate)[row.ravel()], later


def _past(customer: I64, day: I64, cut: int) -> tuple[F64, F64]:
    """Repeats, silence and age of each known customer, on scales that make them comparable; and orders after the cut."""
    start = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    seen = np.add.reduceat((day <= cut).astype(np.int64), start)
    count = np.diff(np.r_[start, len(customer)])
    known = seen > 0
    last = day[start + np.maximum(seen, 1) - 1]
    past = np.column_stack([np.log(np.maximum(seen, 1)), np.sqrt((cut - last).clip(0) / cut), (cut - day[start]) / cut])
    return past[known], (count - seen)[known].astype(float)
