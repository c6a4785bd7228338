"""What orders are worth: the facts of a log's values, and those of values drawn for simulated orders."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from experiments.calibration.backtest import Log
from experiments.calibration.process import Process, Simulated, rate_scores, simulate, spread
from sim.orders.log import F64, I64, OrderLog
from sim.orders.values import Values, between_customers, fit_values, log_values
from sim.people.skew import LEAST, ln_mean_exp

_CUSTOMERS, _RESAMPLES, _FEW = 20_000, 50, 200
# Of rate correlation, ln factor of the sd, skewness.
_LOW, _HIGH = np.array([-0.95, -1.0, -1.8]), np.array([0.95, 1.0, 1.8])
_PRIOR_SD = np.array([0.5, 0.3, 0.7])  # around none of each: a small log hardly shows them
_STEEPEST = 1.5  # sd times skewness: a Pareto tail of exponent 4 / 3


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
    spent = np.bincount(log.customer, log.value).astype(np.float64)
    n = len(spent)
    top = float(np.sort(spent)[n - n // 5 :].sum() / spent.sum())
    mean = float(log.value[again].mean()) if again.any() else float("nan")
    return OrderValues(mean, values.within, values.between, gini(spent), top)


def gini(spent: F64) -> float:
    """Gini coefficient of amounts >= 0, shape (n,)."""
    n = len(spent)
    return float((2 * np.arange(1, n + 1) - n - 1) @ np.sort(spent) / (n * spent.sum()))


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
        skewness: Of the customers' levels, in [-2, 2].
    """

    values: Values
    rate_correlation: float = 0.0
    skewness: float = 0.0

    @property
    def mean(self) -> float:
        """Mean value of an order that is not free, over customers (not over orders: who orders more may also spend more)."""
        one = self.values
        return float(np.exp(one.level + ln_mean_exp(one.between, self.skewness) + one.within**2 / 2))

    def keys(self) -> dict[str, float]:
        """The law as keys of a population."""
        return {
            "basket_mean": self.mean, "basket_log_sd_between": min(self.values.between, 2.0),
            "basket_log_sd_within": min(self.values.within, 2.0), "basket_log_skew_between": self.skewness,
            "value_rate_correlation": self.rate_correlation,
        }  # fmt: skip


def fit_value_law(orders: OrderLog, process: Process, log: Log, seed: int = 11) -> ValueLaw:
    """The law whose values, drawn for simulated orders, show what the log shows.

    Spread within customers by moments; correlation, spread and skewness between them by the slope of value on frequency,
    the spread between, and how unequal their mean values are, each weighed by its error in the log; the level by the mean.

    Args:
        orders: The log, with values.
        process: Fitted to it.
        log: The same orders on days from 0.
    """
    from scipy.optimize import least_squares

    values = fit_values(orders)[0]
    made = simulate(process, spread(log.entry, _CUSTOMERS), log.end, seed)
    law = ValueLaw(values)
    if values.between > 0.0 and len(np.unique(np.bincount(orders.customer))) >= 3:
        wanted, error = _shape_and_error(orders)

        def misses(point: F64) -> F64:
            found = _shape(_sums(made.customer, draw_values(_law(values, point), made.customer, seed)))
            return np.r_[(found - wanted) / error, point / _PRIOR_SD]

        start = np.array([0.1, 0.0, 0.3])
        law = _law(values, least_squares(misses, start, bounds=(_LOW, _HIGH), diff_step=0.05, max_nfev=12).x)
    drawn = draw_values(law, made.customer, seed)
    shift = float(np.log(orders.value.mean() / drawn.mean()))  # money counts, not its logarithm
    return replace(law, values=replace(law.values, level=law.values.level + shift))


def _law(values: Values, point: F64) -> ValueLaw:
    """A law from the numbers that are searched."""
    between = values.between * float(np.exp(point[1]))
    skewness = min(float(point[2]), _STEEPEST / between)
    return ValueLaw(replace(values, between=between), float(point[0]), skewness)


def _sums(customer: I64, value: F64) -> F64:
    """By customer with an order above 0: their number, mean ln value, squares around it, and mean value; shape (4, n)."""
    n = int(customer.max()) + 1
    count, mean, squares = log_values(customer, value, n)
    paid = np.bincount(customer, value, n) / np.maximum(np.bincount(customer, minlength=n), 1)
    return np.array([count, mean, squares, paid])[:, count > 0]


def _shape(sums: F64) -> F64:
    """Slope of mean ln value on ln number of orders, ln of the spread between, Gini and the top hundredth's share of mean value."""
    count, mean, squares, paid = sums
    x = np.log(count) - np.log(count).mean()
    slope = float(x @ mean / max(x @ x, 1e-12))
    within = float(squares.sum() / max(count.sum() - len(count), 1.0))
    between = 0.5 * np.log(max(between_customers(count, mean, within), 1e-6))
    top = np.sort(paid)[-max(1, len(paid) // 100) :].sum() / paid.sum()
    return np.array([slope, between, gini(paid), top])


def _shape_and_error(orders: OrderLog) -> tuple[F64, F64]:
    """Of the log, with standard errors by resampling customers (Efron 1979)."""
    sums, chance = _sums(orders.customer, orders.value), np.random.default_rng(1)
    n = sums.shape[1]
    again = [_shape(sums[:, chance.integers(0, n, n)]) for _ in range(_RESAMPLES)]
    error = np.maximum(np.std(again, axis=0, ddof=1), 1e-4)
    if n < _FEW:
        error[3] = np.inf  # no hundredth to speak of
    return _shape(sums), error


def draw_values(law: ValueLaw, customer: I64, seed: int) -> F64:
    """A value for each order simulated with the same seed: lognormal around the customer's level; zero for free ones."""
    chance = np.random.default_rng(seed)
    n, rho = int(customer.max()) + 1, law.rate_correlation
    score = rho * rate_scores(n, seed) + np.sqrt(1 - rho * rho) * chance.normal(size=n)
    level = law.values.level + law.values.between * _skewed(score, law.skewness)
    drawn = np.exp(level[customer] + chance.normal(0.0, law.values.within, len(customer)))
    return np.where(chance.random(len(customer)) < law.values.zero_share, 0.0, drawn)


def _skewed(score: F64, skewness: float) -> F64:
    """`sim.people.skew.skewed` of many."""
    from scipy.special import gammaincinv, ndtr

    if abs(skewness) < LEAST:
        return score
    side, shape = np.sign(skewness), 4 / skewness**2
    grid = np.linspace(-6.0, 6.0, 1_201)  # error below 1e-4
    return np.asarray(side * np.interp(side * score, grid, (gammaincinv(shape, ndtr(grid)) - shape) / np.sqrt(shape)))


def drawn_orders(law: ValueLaw, made: Simulated, log: Log, seed: int) -> OrderLog:
    """An order log of simulated orders, with values drawn by the law; the start is the day after `log` ends."""
    names, start = np.arange(len(log.entry)).astype(str), date(1970, 1, 1)
    day = (made.day - log.end - 1.0).astype(np.float64)
    return OrderLog(names, made.customer, day, draw_values(law, made.customer, seed), start)


def played_values(orders: OrderLog, process: Process, log: Log, cut: int, seeds: int = 10) -> OrderValues:
    """The facts of values drawn as fitted on the days until the cut, mean over seeds."""
    law = fit_value_law(part(orders, cut + 1), process, log.until(cut))
    found = []
    for seed in range(3000, 3000 + seeds):
        found.append(order_values(drawn_orders(law, simulate(process, log.entry, log.end, seed), log, seed)))
    fields = ("repeat_mean", "within", "between", "gini", "top_fifth")
    return OrderValues(*(float(np.mean([getattr(one, name) for one in found])) for name in fields))
