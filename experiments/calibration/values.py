"""What orders are worth: the facts of a log's values, and those of values drawn for simulated orders."""

from dataclasses import dataclass, replace

import numpy as np

from experiments.calibration.backtest import Log
from experiments.calibration.process import Process, rate_scores, simulate, spread
from sim.orders.log import F64, I64, OrderLog
from sim.orders.values import Values, fit_values


@dataclass(frozen=True)
class OrderValues:
    """Facts of order values, in the log's currency.

    Attributes:
        repeat_mean: Mean value of an order after the first.
        within, between: Standard deviations of ln value around the customer's mean, and of these means, as the moment
            estimator of `sim.orders.values` gives them.
        gini: Of the customers' spend.
        top_fifth: Share of spend of the 20 % of customers who spent most.
    """

    repeat_mean: float
    within: float
    between: float
    gini: float
    top_fifth: float


def order_values(log: OrderLog) -> OrderValues:
    """The facts of a log's order values."""
    values = fit_values(log)[0]
    again = np.r_[False, log.customer[1:] == log.customer[:-1]]
    spent = np.sort(np.bincount(log.customer, log.value))
    n = len(spent)
    gini = float((2 * np.arange(1, n + 1) - n - 1) @ spent / (n * spent.sum()))
    top = float(spent[n - n // 5 :].sum() / spent.sum())
    mean = float(log.value[again].mean()) if again.any() else float("nan")
    return OrderValues(mean, values.within, values.between, gini, top)


def part(log: OrderLog, days: int) -> OrderLog:
    """The first days of a log, with the customers who came in them."""
    kept = log.day - log.day.min() < days
    who, rows = np.unique(log.customer[kept], return_inverse=True)
    return replace(log, customers=log.customers[who], customer=rows.astype(np.int64), day=log.day[kept],
                   value=log.value[kept])  # fmt: skip


@dataclass(frozen=True)
class ValueLaw:
    """Values of a population's orders.

    Attributes:
        values: Level, spreads and share of free orders, of customers at large.
        rate_correlation: Between a customer's level and the normal score of the rate of need, in [-0.95, 0.95].
    """

    values: Values
    rate_correlation: float


def fit_value_law(orders: OrderLog, process: Process, log: Log, seed: int = 11) -> ValueLaw:
    """Spreads by moments; level and correlation so that simulated orders show the log's mean and slope on frequency.

    Args:
        orders: The log, with values.
        process: Fitted to it.
        log: The same orders on days from 0.
    """
    values = fit_values(orders)[0]
    made = simulate(process, spread(log.entry, 20_000), log.end, seed)
    if values.between <= 0.0 or len(np.unique(np.bincount(orders.customer))) < 3:
        return ValueLaw(values, 0.0)
    wanted = _slope(orders.customer, orders.value)
    full = draw_values(ValueLaw(values, 0.95), made.customer, seed)
    none = draw_values(ValueLaw(values, 0.0), made.customer, seed)
    at_none, at_full = (_slope(made.customer, one) for one in (none, full))
    share = (wanted - at_none) / (at_full - at_none) if abs(at_full - at_none) > 1e-9 else 0.0
    correlation = float(np.clip(0.95 * share, -0.95, 0.95))
    drawn = draw_values(ValueLaw(values, correlation), made.customer, seed)
    shift = float(np.log(orders.value.mean() / drawn.mean()))  # money counts, not its logarithm
    return ValueLaw(replace(values, level=values.level + shift), correlation)


def _slope(customer: I64, value: F64) -> float:
    """Of customers' mean ln value on ln number of orders."""
    paid = value > 0
    who, number = np.unique(customer[paid], return_inverse=True)
    count = np.bincount(number).astype(float)
    mean = np.bincount(number, np.log(value[paid])) / count
    x = np.log(count) - np.log(count).mean()
    return float(x @ mean / max(x @ x, 1e-12)) if len(who) else 0.0


def draw_values(law: ValueLaw, customer: I64, seed: int) -> F64:
    """A value for each order simulated with the same seed: lognormal around the customer's level; zero for free ones."""
    chance = np.random.default_rng(seed)
    n, rho = int(customer.max()) + 1, law.rate_correlation
    score = rho * rate_scores(n, seed) + np.sqrt(1 - rho * rho) * chance.normal(size=n)
    level = law.values.level + law.values.between * score
    drawn = np.exp(level[customer] + chance.normal(0.0, law.values.within, len(customer)))
    return np.where(chance.random(len(customer)) < law.values.zero_share, 0.0, drawn)


def played_values(orders: OrderLog, process: Process, log: Log, cut: int, seeds: int = 10) -> OrderValues:
    """The facts of values drawn as fitted on the days until the cut, mean over seeds."""
    law = fit_value_law(part(orders, cut + 1), process, log.until(cut))
    found = []
    for seed in range(3000, 3000 + seeds):
        made = simulate(process, log.entry, log.end, seed)
        names = np.arange(len(log.entry)).astype(str)
        drawn = draw_values(law, made.customer, seed)
        found.append(
            order_values(
                OrderLog(names, made.customer, (made.day - log.end - 1.0).astype(np.float64), drawn, orders.start)
            )
        )
    fields = ("repeat_mean", "within", "between", "gini", "top_fifth")
    return OrderValues(*(float(np.mean([getattr(one, name) for one in found])) for name in fields))
