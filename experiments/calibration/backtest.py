"""Fit on the first part of a log, play the whole window, and hold it against what came.

Whole window means: every customer enters on the real day and is simulated from there; nothing of the second part is
used. A figure is the mean over seeds.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from experiments.calibration.facts import Facts, distance, facts
from experiments.calibration.forecast import own_forecast
from experiments.calibration.moments import target
from experiments.calibration.process import Process, simulate, spread
from experiments.calibration.search import FAMILIES, Search, search, start_values
from sim.orders.clock import Clock, fit_clock
from sim.orders.log import F64, I64, Histories

SEEDS, CUSTOMERS = 10, 20_000


@dataclass(frozen=True)
class Log:
    """Orders by customer row (ascending) and whole day from 0 to `end`; shape (m,) each."""

    customer: I64
    day: I64
    end: int

    @property
    def entry(self) -> I64:
        """Day of each customer's first order, shape (n,)."""
        return self.day[np.r_[True, self.customer[1:] != self.customer[:-1]]]

    def until(self, end: int) -> "Log":
        """The log as it was known on a day; customers who came later are not in it."""
        kept = self.day <= end
        return Log(np.unique(self.customer[kept], return_inverse=True)[1].astype(np.int64), self.day[kept], end)

    def of(self, customers: Any) -> "Log":
        """The orders of some customers, given as a mask of shape (n,)."""
        kept = customers[self.customer]
        return Log(np.unique(self.customer[kept], return_inverse=True)[1].astype(np.int64), self.day[kept], self.end)


def clock_of(log: Log, exit_after_first: bool) -> Clock:
    """The most likely clock of a log, where the search begins."""
    entry = log.entry
    start = np.searchsorted(log.customer, np.arange(len(entry)))
    count = np.diff(np.r_[start, len(log.day)])
    gaps = np.diff(log.day, prepend=0).astype(float)
    gaps[start] = 1.0
    last = log.day[start + count - 1]
    seen = Histories(count - 1.0, (last - entry).astype(float), (log.end + 1 - entry).astype(float),
                     np.add.reduceat(np.log(gaps), start))  # fmt: skip
    return fit_clock(seen, exit_after_first=exit_after_first)[0]


def begun(log: Log, family: str, own_share: float) -> Process:
    """Where the search begins: the likeliest clock; `own_share` is raised where orders are too regular for it."""
    first = FAMILIES[family].exit_after_first
    return replace(start_values(clock_of(log, first), own_share), exit_after_first=first)


def fitted(log: Log, family: str, own_share: float = 0.4, customers: int = CUSTOMERS, rounds: int = 12,
           season: F64 | None = None, polish: int = 0) -> Search:  # fmt: skip
    """The population of a log: start values by likelihood, then the search; intervals only mean something if polished."""
    begin = begun(log, family, own_share)
    wanted = target(log.customer, log.day, log.end)
    return search(family, begin, wanted, log.entry, log.end, customers, rounds=rounds, season=season, polish=polish)


@dataclass(frozen=True)
class Backtest:
    """A population played against a log.

    Attributes:
        errors: By fact as in `facts.distance`, mean over seeds; plus those of `forecast.Forecast.errors`.
        spread: Their standard deviation over seeds.
        actual: The facts of the log.
        played: Those of the simulated logs, one per seed.
        scale: Customers of the log over simulated ones.
    """

    errors: dict[str, float]
    spread: dict[str, float]
    actual: Facts
    played: list[Facts]
    scale: float


def backtest(process: Process, log: Log, cut: int, seeds: int = SEEDS, customers: int = CUSTOMERS,
             season: F64 | None = None) -> Backtest:  # fmt: skip
    """How a population fits and forecasts a log.

    Args:
        process: Fitted on other customers, or on the days until the cut.
        log: All customers and days.
        cut: Last day of the calibration part.
        seeds: Logs to simulate.
        customers: To simulate at least, in each.
        season: As in `process.simulate`.
    """
    actual = facts(log.customer, log.day, cut, log.end)
    sown = spread(log.entry, customers)
    scale = len(log.entry) / len(sown)
    played = []
    for seed in range(seeds):
        found = simulate(process, sown, log.end, 1000 + seed, season)
        played.append(facts(found.customer, found.day, cut, log.end))
    rows = [distance(one, actual, cut, scale) for one in played]
    errors = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    spread_ = {name: float(np.std([row[name] for row in rows], ddof=min(1, seeds - 1))) for name in rows[0]}
    errors |= own_forecast(process, log.customer, log.day, cut, log.end, season=season).errors()
    return Backtest(errors, spread_, actual, played, scale)


def chosen(log: Log, own_share: float, season: F64 | None = None) -> tuple[str, dict[str, float]]:
    """Which family, by a time split of the log itself: fit on two thirds, judged on the rest.

    "pausing" stays unless another's error of the weekly cumulative orders is at most half as large and 0.03 lower: on
    windows as short as a calibration part the families can hardly be told apart, and of the published clocks all lose
    silent customers too early.

    Returns:
        Its name, and the error of each.
    """
    cut = (2 * log.end) // 3
    errors = {}
    for family in FAMILIES:
        found = fitted(log.until(cut), family, own_share, 8_000, 6, None if season is None else season[: cut + 1])
        one = backtest_short(found.process, log, cut, season)
        errors[family] = one
    best = min(errors, key=lambda name: errors[name])
    usual = errors["pausing"]
    return (best if errors[best] < min(0.5 * usual, usual - 0.03) else "pausing"), errors


def backtest_short(process: Process, log: Log, cut: int, season: F64 | None) -> float:
    """Error of the weekly cumulative orders after the cut alone, mean of three seeds."""
    actual = facts(log.customer, log.day, cut, log.end)
    sown = spread(log.entry, 8_000)
    errors = []
    for seed in range(3):
        found = simulate(process, sown, log.end, 2000 + seed, season)
        told = distance(facts(found.customer, found.day, cut, log.end), actual, cut, len(log.entry) / len(sown))
        errors.append(told["weekly cumulative, holdout"])
    return float(np.mean(errors))
