"""Seasonality and growth, where the log is long enough to tell them; otherwise they are assumed and that is said."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sim.orders.log import F64, I64

LEAST_DAYS = 730


@dataclass(frozen=True)
class Season:
    """What the calendar does.

    Attributes:
        months: Factor of the orders by month 1..12, mean 1; empty if not estimated.
        growth: Of first orders per day, share a year; None if not estimated.
        said: What was estimated, or that it was assumed.
    """

    months: dict[int, float]
    growth: float | None
    said: str

    def by_day(self, start: date, days: int) -> F64 | None:
        """Factor of each day from `start`, shape (days,); None for a level season."""
        if not self.months:
            return None
        return np.array([self.months[(start + timedelta(days=at)).month] for at in range(days)])


def estimated(start: date, day: I64, first: I64, end: int) -> Season:
    """Season and growth of a log.

    Args:
        start: Date of day 0.
        day: Of every order, 0..end; first: of every customer's first order.
        end: Last day.

    Source:
        Ratio to moving average of statsmodels (Macaulay 1931); growth by least squares on ln monthly first orders.
    """
    if end + 1 < LEAST_DAYS:
        return Season(
            {}, None, f"the log spans {end + 1} days, less than two years: no season and no growth are assumed"
        )
    months = np.array([(start + timedelta(days=at)).year * 12 + (start + timedelta(days=at)).month - 1
                       for at in range(end + 1)])  # fmt: skip
    labels, length = np.unique(months, return_counts=True)
    orders, firsts = (
        np.bincount(months[x.astype(int)] - labels[0], minlength=len(labels)) / length for x in (day, first)
    )
    whole = length >= 28
    if whole.sum() < 24 or (orders[whole] <= 0).any():
        return Season({}, None, "months without orders: no season and no growth are assumed")
    return _decomposed(labels[whole], orders[whole], firsts[whole])


def _decomposed(labels: F64, orders: F64, firsts: F64) -> Season:
    """From whole months."""
    from statsmodels.tsa.seasonal import seasonal_decompose

    found = seasonal_decompose(orders, model="multiplicative", period=12).seasonal[:12]
    factor = {int(labels[at] % 12) + 1: round(float(found[at]), 3) for at in range(12)}
    late = np.arange(len(labels)) >= 3  # the first months hold customers who came before the log
    slope = np.polyfit(labels[late] / 12, np.log(firsts[late] + 0.01), 1)[0]
    growth = float(np.expm1(slope))
    low, high = min(factor.values()), max(factor.values())
    return Season(dict(sorted(factor.items())), growth,
                  f"season by month from {low:.2f} to {high:.2f}; first orders grow by {100 * growth:.0f} % a year")  # fmt: skip
