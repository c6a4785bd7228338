"""What orders are worth: the facts of a log's values, and those of values drawn for simulated orders."""

from dataclasses import dataclass, replace

import numpy as np

from experiments.calibration.backtest import Log
from experiments.calibration.process import Process, simulate
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


def draw_values(values: Values, customer: I64, seed: int) -> F64:
    """A value for each simulated order: lognormal around the customer's level; zero for the share that is free."""
    chance = np.random.default_rng(seed)
    level = chance.normal(values.level, values.between, int(customer.max()) + 1)
    drawn = np.exp(level[customer] + chance.normal(0.0, values.within, len(customer)))
    return np.where(chance.random(len(customer)) < values.zero_share, 0.0, drawn)


def played_values(orders: OrderLog, process: Process, log: Log, cut: int, seeds: int = 10) -> OrderValues:
    """The facts of values drawn as fitted on the days until the cut, mean over seeds."""
    values = fit_values(part(orders, cut + 1))[0]
    found = []
    for seed in range(seeds):
        made = simulate(process, log.entry, log.end, 3000 + seed)
        names = np.arange(len(log.entry)).astype(str)
        drawn = draw_values(values, made.customer, seed)
        found.append(order_values(OrderLog(names, made.customer, made.day - log.end - 1.0, drawn, orders.start)))
    fields = ("repeat_mean", "within", "between", "gini", "top_fifth")
    return OrderValues(*(float(np.mean([getattr(one, name) for one in found])) for name in fields))
