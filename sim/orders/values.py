"""How much customers spend on an order: lognormal within a customer, and customers' levels normal in ln yuan."""

from dataclasses import dataclass

import numpy as np

from sim.orders.log import F64, I64, OrderLog, OrderLogError

# Where a log cannot tell between from within: CDNOW's split of the log variance, 0.50 between and 0.58 within.
_CDNOW_BETWEEN, _CDNOW_WITHIN = 0.50, 0.58


@dataclass(frozen=True)
class Values:
    """Order values of a population.

    Attributes:
        level: Mean over customers of their level, ln yuan.
        between: Standard deviation of levels over customers, ln.
        within: Standard deviation of one customer's orders around the level, ln.
        zero_share: Share of orders of value 0, in [0, 1); they are outside the lognormal.
    """

    level: float
    between: float
    within: float
    zero_share: float

    @property
    def mean(self) -> float:
        """Mean value of an order that is not free, yuan."""
        return float(np.exp(self.level + 0.5 * (self.between**2 + self.within**2)))


def fit_values(log: OrderLog) -> tuple[Values, list[str]]:
    """Moments of ln order value: between and within customers by the analysis of variance, the level weighted by both.

    Raises:
        OrderLogError: No order has a value above 0.
    Source:
        Searle, Casella & McCulloch (1992), Variance Components, section 3.6 (unbalanced one-way layout).
    """
    count, mean, squares = log_values(log.customer, log.value, len(log))
    orders, customers = count.sum(), float((count > 0).sum())
    if orders == 0:
        raise OrderLogError("order log: all orders are of value 0; the value column should hold what was paid")
    seen = count > 0
    grand = float((count @ np.where(seen, mean, 0.0)) / orders)
    spread = np.where(seen, mean - grand, 0.0)
    said: list[str] = []
    if orders - customers < 1.0 or customers < 2.0:
        within, between = _unsplit(float(count @ spread**2), float(squares.sum()), orders, customers)
        said.append("too few repeat orders to tell order values between customers from within; CDNOW's split is taken")
    else:
        within = float(squares.sum() / (orders - customers))
        between = between_customers(count, np.where(seen, mean, 0.0), within)
    weight = np.where(seen, 1.0 / (between + within / np.maximum(count, 1.0) + 1e-12), 0.0)
    level = float(weight @ np.where(seen, mean, 0.0) / weight.sum())
    zeros = float((log.value == 0.0).mean())
    return Values(level, float(between**0.5), float(within**0.5), zeros), said


def between_customers(count: F64, mean: F64, within: float) -> float:
    """Variance of ln value between customers, >= 0, from their numbers of orders, mean ln values, and the one within."""
    orders = float(count.sum())
    over = float(count @ (mean - float(count @ mean) / orders) ** 2)
    share = orders - float(count @ count) / orders
    return max(0.0, (over - (float((count > 0).sum()) - 1.0) * within) / share)


def _unsplit(over: float, inside: float, orders: float, customers: float) -> tuple[float, float]:
    """Variance within and between where only their sum, or not even that, is known."""
    total = _CDNOW_BETWEEN**2 + _CDNOW_WITHIN**2
    if orders > 2.0:
        seen = (over + inside) / (orders - 1.0)
        scale = seen / total if customers > 1.0 else seen / _CDNOW_WITHIN**2
    else:
        scale = 1.0
    return scale * _CDNOW_WITHIN**2, scale * _CDNOW_BETWEEN**2


def log_values(customer: I64, value: F64, n: int) -> tuple[F64, F64, F64]:
    """By customer 0..n-1: number of orders above 0, mean of their ln value (nan if none), squares around it; shape (n,)."""
    paid = value > 0.0
    who, logs = customer[paid], np.log(value[paid])
    count = np.bincount(who, minlength=n).astype(np.float64)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(who, logs, n) / count
    squares = np.bincount(who, (logs - mean[who]) ** 2, n).astype(np.float64)
    return count, mean, squares


def level_law(values: Values, log: OrderLog) -> tuple[F64, F64]:
    """Mean and standard deviation of each customer's level (ln yuan) given the customer's own orders; shape (n,)."""
    count, mean, _ = log_values(log.customer, log.value, len(log))
    between, within = values.between**2, values.within**2
    shrink = between * count / (between * count + within + 1e-12)
    center = values.level + shrink * np.where(count > 0, mean - values.level, 0.0)
    return center, np.sqrt(between * (1.0 - shrink))
