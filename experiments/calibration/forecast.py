"""What each customer will do: mean and median over simulated customers with nearly the same past.

A closed form exists for no clock with recall and pauses; nearest neighbours among simulated customers need none. Each error
has a point of its own: the mean is best for squared errors and for totals, the median for absolute ones.

Source:
    Gneiting (2011), Making and Evaluating Point Forecasts, J. American Statistical Association 106(494).
"""

from dataclasses import dataclass

import numpy as np

from experiments.calibration.process import Process, simulate
from sim.orders.log import F64, I64

_NEIGHBOURS, _CUSTOMERS, _ORDERS = 300, 1_000_000, 20_000_000  # the last two: at most to simulate


@dataclass(frozen=True)
class Forecast:
    """Orders of each customer in the days after the cut, shape (n,): expected, median, and what came."""

    mean: F64
    median: F64
    real: F64

    def errors(self) -> dict[str, float]:
        """Mean absolute error of the median and of the mean, correlation of the mean (nan if either is the same for all)."""
        varied = self.mean.std() > 0 and self.real.std() > 0
        return {
            "forecast absolute error": float(np.abs(self.median - self.real).mean()),
            "forecast absolute error of means": float(np.abs(self.mean - self.real).mean()),
            "forecast correlation": float(np.corrcoef(self.mean, self.real)[0, 1]) if varied else float("nan"),
        }


def own_forecast(process: Process, customer: I64, day: I64, cut: int, end: int, seed: int = 7,
                 season: F64 | None = None) -> Forecast:  # fmt: skip
    """Orders of each customer known at the cut, in the days after it until the end.

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
    customers = min(_CUSTOMERS, int(_ORDERS / (len(day) / len(entry))))
    log = simulate(process, np.tile(entry, max(1, -(-customers // len(entry)))), end, seed, season)
    twins, their_later = _past(log.customer, log.day, cut)
    scale = np.array([4.0, 4.0, 1.0])  # repeats and silence say more than age
    tree = cKDTree(twins * scale)
    alike, row = np.unique(past, axis=0, return_inverse=True)
    _, near = tree.query(alike * scale, k=_NEIGHBOURS)
    # Where few twins order as often, theirs is scaled to the customer's pace.
    pace, found = np.exp(alike[:, 0]) / np.exp(twins[near, 0]).mean(axis=1), their_later[near]
    mean, median = found.mean(axis=1) * pace, np.median(found, axis=1) * pace
    return Forecast(mean[row.ravel()], median[row.ravel()], later)


def _past(customer: I64, day: I64, cut: int) -> tuple[F64, F64]:
    """Repeats, silence and age of each known customer, on scales that make them comparable; and orders after the cut."""
    start = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    seen = np.add.reduceat((day <= cut).astype(np.int64), start)
    count = np.diff(np.r_[start, len(customer)])
    known = seen > 0
    last = day[start + np.maximum(seen, 1) - 1]
    past = np.column_stack([np.log(np.maximum(seen, 1)), np.sqrt((cut - last).clip(0) / cut), (cut - day[start]) / cut])
    return past[known], (count - seen)[known].astype(float)
