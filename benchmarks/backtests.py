"""How the calibrated population holds up on CDNOW: `python -m benchmarks.backtests` (two minutes); data/cdnow.csv.

Every parameter comes from the first 39 weeks; the whole 78 weeks are simulated from the real first orders on. What
each figure means and what peers reach: docs/validation.md.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.calibration.backtest import Log, backtest, fitted
from experiments.calibration.values import order_values, played_values
from sim.orders.log import OrderLog
from sim.orders.read import read_orders

CUT = 272  # day 0 is 1997-01-01: the last day of week 39
MASTER, SAMPLE = Path("data/cdnow.csv"), Path("data/cdnow_sample.csv")
FAMILY = "pausing"


@dataclass(frozen=True)
class Row:
    """A line of the table: the figure, what matches and what beats the peers; a miss is measured from `aim`."""

    fact: str
    figure: float
    match: float
    beat: float
    aim: float = 0.0
    more_is_better: bool = False

    @property
    def verdict(self) -> str:
        """beat, match or miss."""
        if self.more_is_better:
            return "beat" if self.figure >= self.beat else "match" if self.figure >= self.match else "miss"
        off = abs(self.figure - self.aim)
        return "beat" if off <= self.beat else "match" if off <= self.match else "miss"


def as_log(orders: OrderLog) -> Log:
    """An order log on days from its first one."""
    day = (orders.day - orders.day.min()).astype(np.int64)
    return Log(orders.customer, day, int(day.max()))


def rows() -> list[Row]:
    """The table, in the order of the requirement."""
    orders, sample = read_orders(MASTER), read_orders(SAMPLE)
    log = as_log(orders)
    inside = np.isin(orders.customers, sample.customers)
    of_sample = fitted(log.of(inside).until(CUT), FAMILY).process
    others = backtest(of_sample, log.of(~inside), CUT).errors
    of_master = fitted(log.until(CUT), FAMILY).process
    whole = backtest(of_master, log, CUT).errors
    values = played_values(orders, of_master, log, CUT)
    real = order_values(orders)
    return [
        Row("weekly cumulative error, holdout", others["weekly cumulative, holdout"], 0.028, 0.0185),
        Row("final cumulative error", others["final error"], 0.056, 0.031),
        Row("holdout total", others["holdout total"], 0.157, 0.118),
        Row("repeat counts, total variation", whole["repeat counts"], 0.045, 0.035),
        Row("gaps, ln ratio of quantiles", whole["gaps"], 0.10, 0.08),
        Row("own cycles, ln ratio of quantiles", whole["own cycles"], 0.14, 0.13),
        Row("no return by silence, mean error", whole["no return by silence"], 0.105, 0.09),
        Row("no return beyond two own cycles (actual 0.471)", whole["beyond two own cycles"], 0.69, 0.62),
        Row("repeat ladder, mean error", whole["repeat ladder"], 0.026, 0.02),
        Row("P(order in 30 days), mean error", whole["P(order in 30 days)"], 0.006, 0.0045),
        Row("own forecast, absolute error of medians", others["forecast absolute error"], 0.82, 0.79),
        Row("own forecast, correlation of means", others["forecast correlation"], 0.66, 0.68, more_is_better=True),
        Row("repeat order mean, ratio", values.repeat_mean / real.repeat_mean, 0.05, 0.025, 1.0),
        Row("ln value within customers, ratio of sd", values.within / real.within, 0.10, 0.05, 1.0),
        Row("ln value between customers, ratio of sd", values.between / real.between, 0.10, 0.05, 1.0),
        Row("Gini of spend, difference", values.gini - real.gini, 0.03, 0.015),
        Row("top fifth of spend, difference", values.top_fifth - real.top_fifth, 0.02, 0.01),
    ]


def main() -> None:
    """Prints the table."""
    print(f"{'fact':48} {'figure':>8} {'match':>7} {'beat':>7}  verdict")
    for row in rows():
        print(f"{row.fact:48} {row.figure:8.4f} {row.match:7.4f} {row.beat:7.4f}  {row.verdict}")


if __name__ == "__main__":
    main()
