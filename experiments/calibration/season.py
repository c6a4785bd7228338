"""Seasonality and growth, where the log is long enough to tell them; otherwise they are assumed and that is said."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sim.orders.log import F64, I64

LEAST_DAYS, _OLD_MONTHS = 730, 12


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
        Ratio to moving average of statsmodels (Macaulay 1931); growth by least squares on ln monthly first orders, season taken out; months hang together (Newey & West 1987).
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
    if whole.sum() < 24:
        return Season({}, None, f"the log has {whole.sum()} whole months, not 24: no season and no growth are assumed")
    if (orders[whole] <= 0).any():
        return Season({}, None, "months without orders: no season and no growth are assumed")
    return _decomposed(labels[whole], orders[whole], firsts[whole])


def _decomposed(labels: F64, orders: F64, firsts: F64) -> Season:
    """From whole months."""
    from statsmodels.tsa.seasonal import seasonal_decompose

    found = seasonal_decompose(orders, model="multiplicative", period=12).seasonal[:12]
    factor = {int(labels[at] % 12) + 1: round(float(found[at]), 3) for at in range(12)}
    growth, told = _growth(labels, firsts / np.array([factor[int(label % 12) + 1] for label in labels]))
    low, high = min(factor.values()), max(factor.values())
    return Season(dict(sorted(factor.items())), growth, f"season by month from {low:.2f} to {high:.2f}; {told}")


def _growth(labels: F64, firsts: F64) -> tuple[float | None, str]:
    """Growth of first orders a year, from the second year on, and what is said of it."""
    from statsmodels.api import OLS, add_constant

    late = labels - labels[0] >= _OLD_MONTHS
    if (firsts[late] <= 0).any():
        return None, "months without first orders: no growth is assumed"
    line = OLS(np.log(firsts[late]), add_constant(labels[late] / 12.0))
    fit = line.fit(cov_type="HAC", cov_kwds={"maxlags": 2, "use_correction": True}, use_t=True)
    growth, low, high = (float(np.expm1(slope)) for slope in (fit.params[1], *fit.conf_int()[1]))
    return growth, (f"first orders grow by {100 * growth:+.0f} % a year ({100 * low:+.0f} to {100 * high:+.0f}; "
                    "from the second year on, as old customers first seen in the log count before)")  # fmt: skip
