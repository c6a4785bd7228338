"""Fits the simulated clock to a log: start values by likelihood, then the distance over moments by least squares.

The distance is simulated on common random numbers, so it is smooth enough for differences; the uncertainty of the
parameters follows from that of the moments (indirect inference: Gourieroux, Monfort & Renault 1993, J. Appl.
Econometrics 8), and is given as a set of draws.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any

import numpy as np
from scipy.special import expit, logit

from experiments.calibration.adjustment import Normal, posterior
from experiments.calibration.moments import Target, moments
from experiments.calibration.process import Process, simulate, spread
from experiments.calibration.side_by_side import side_by_side
from sim.orders.clock import Clock
from sim.orders.log import F64, I64


@dataclass(frozen=True)
class Free:
    """A parameter that is searched: scale, centre and spread of the wide prior (on the scale), bounds (as they are)."""

    scale: str  # "log" or "logit"
    centre: float
    sd: float
    low: float
    high: float

    def there(self, value: float) -> float:
        """On the scale of the search."""
        return float(np.log(value) if self.scale == "log" else logit(value))

    def back(self, point: Any) -> Any:
        """From the scale of the search."""
        return np.exp(point) if self.scale == "log" else expit(point)


FREE: Mapping[str, Free] = {
    "rate_shape": Free("log", 0.8, 1.0, 0.05, 20.0),
    "needs_per_day": Free("log", 0.02, 3.0, 1e-6, 5.0),
    "cycle_regularity_k": Free("log", 1.0, 0.5, 0.2, 8.0),
    "exit_mean": Free("logit", 0.1, 1.5, 1e-4, 0.9),
    "exit_size": Free("log", 2.0, 1.0, 0.1, 100.0),
    "recall_floor": Free("logit", 0.5, 1.5, 0.02, 0.99),
    "memory_half_life_cycles": Free("log", 3.0, 0.8, 0.3, 30.0),
    "pause_share": Free("logit", 0.2, 1.0, 0.01, 0.7),
    "pause_factor": Free("log", 4.0, 0.7, 1.2, 30.0),
}
_LEAVING = ("rate_shape", "needs_per_day", "cycle_regularity_k", "exit_mean", "exit_size")
_RECALL = ("recall_floor", "memory_half_life_cycles")


@dataclass(frozen=True)
class Family:
    """Mechanisms that may be at work.

    Attributes:
        names: The parameters that are searched; the others stay as `Process` has them.
        exit_after_first: Whether the first order may be the last.
        about: In a few words.
    """

    names: tuple[str, ...]
    exit_after_first: bool
    about: str


FAMILIES: Mapping[str, Family] = {
    "pausing": Family((*_LEAVING, *_RECALL, "pause_share", "pause_factor"), False,
                      "customers pause, forget and leave; nobody leaves at the first order"),
    "forgetting": Family((*_LEAVING, *_RECALL), True, "customers forget and leave, also at the first order"),
    "leaving": Family(_LEAVING, True, "whoever is silent is slow or has left, perhaps at the first order"),
}  # fmt: skip
_STEP = 0.08  # of the differences, on the scale of the search


@dataclass(frozen=True)
class Search:
    """A fit.

    Attributes:
        family: Which mechanisms are searched.
        process: The best parameters.
        point, covariance: Of the searched parameters on their scales, shape (p,) and (p, p).
        distance: Root mean square of the moments' misses in their standard errors.
        simulations: How many logs were simulated.
    """

    family: str
    process: Process
    point: F64
    covariance: F64
    distance: float
    simulations: int

    @property
    def names(self) -> tuple[str, ...]:
        """The searched parameters, in the order of `point`."""
        return FAMILIES[self.family].names

    def draws(self, number: int, seed: int = 0) -> list[Process]:
        """Parameter sets as likely as the data leave them, within their bounds."""
        chance = np.random.default_rng(seed)
        low, high = _bounds(self.names)
        points = chance.multivariate_normal(self.point, self.covariance, number, method="eigh")
        return [_at(self.process, self.names, np.clip(point, low, high)) for point in points]


def start_values(clock: Clock, own_share: float) -> Process:
    """The needs behind the orders of a fitted clock, at a mean exit probability (as `sim.orders.given` for each)."""
    from sim.orders.given import need_shape

    shape, share = need_shape(clock.shape, own_share)
    p = clock.a / (clock.a + clock.b)
    stop = share / (1 - p * (1 - share))
    return Process(
        rate_shape=clock.r, needs_per_day=clock.r / clock.alpha / stop, cycle_regularity_k=shape, exit_mean=p * stop,
        exit_size=clock.a + clock.b, own_share=share, exit_after_first=clock.exit_after_first,
    )  # fmt: skip


def search(family: str, begin: Process, wanted: Target, entry: I64, end: int, customers: int = 20_000, seed: int = 1,
           rounds: int = 12, season: F64 | None = None, polish: int = 0) -> Search:  # fmt: skip
    """The parameters whose simulated log is nearest.

    Args:
        family: A key of `FAMILIES`.
        begin: Where to begin; also gives what is not searched.
        wanted: Of the log.
        entry: First days of its customers; repeated until there are `customers`.
        end: Last day.
        customers: To simulate at least.
        seed: Of the luck.
        rounds: Of least squares at most.
        season: As in `process.simulate`.
        polish: Logs of each round of `adjustment.posterior`; 0: intervals come from slopes alone and are too narrow.
    """
    from scipy.optimize import least_squares

    names, sown, used = FAMILIES[family].names, spread(entry, customers), count()
    begin = _inside(replace(begin, exit_after_first=FAMILIES[family].exit_after_first), names)
    centre, sd = _prior(names, begin)
    low, high = _bounds(names)

    def figures(point: F64, luck: int = seed, customers: I64 = sown) -> F64:
        next(used)
        log = simulate(_at(begin, names, point), customers, end, luck, season)
        found = moments(log.customer, log.day, end).value
        return np.where(np.isfinite(found), found, wanted.value)

    def misses(point: F64) -> F64:
        return np.r_[(figures(point) - wanted.value) * wanted.weight, (point - centre) / sd]

    def slopes(point: F64) -> F64:
        steps = _STEP * np.eye(len(names))
        above, below = np.minimum(point + steps, high), np.maximum(point - steps, low)
        shown = np.array(side_by_side(misses, [*above, *below]))
        return ((shown[: len(names)] - shown[len(names) :]) / (np.diag(above) - np.diag(below))[:, None]).T

    first = np.clip([FREE[name].there(getattr(begin, name)) for name in names], low + 1e-6, high - 1e-6)
    best = least_squares(misses, first, slopes, bounds=(low, high), max_nfev=rounds, ftol=1e-4, xtol=1e-3)
    point, jacobian = best.x, best.jac[: len(wanted.value)]
    law = Normal(point, _covariance(jacobian, wanted, 1 + len(entry) / len(sown), sd))
    if polish:
        alike = partial(figures, customers=entry)
        law = posterior(alike, wanted.value, wanted.weight, point, Normal(centre, np.diag(sd**2)), low, high, polish)
        law = _around(point, law)
    told = max(int((wanted.weight > 0).sum()), 1)
    distance = float(np.sqrt((misses(point)[: len(wanted.value)] ** 2).sum() / told))
    return Search(family, _at(begin, names, point), law.mean, law.covariance, distance, next(used))


def _around(best: F64, law: Normal) -> Normal:
    """The law around the best fit, so wide that its own mean is one standard deviation off at most.

    Where no parameters fit the log, or a ridge bends, the regression behind the law may lead away from the best fit.
    """
    off = law.mean - best
    return Normal(best, law.covariance + np.outer(off, off))


def _covariance(slopes: F64, wanted: Target, noise: float, sd: F64) -> F64:
    """Of the estimate: sandwich of the moments' errors, the prior counted as one more observation of each parameter."""
    bread = np.linalg.inv(slopes.T @ slopes + np.diag(1 / sd**2))
    errors = noise * wanted.covariance * np.outer(wanted.weight, wanted.weight)
    return bread @ (slopes.T @ errors @ slopes + np.diag(1 / sd**2)) @ bread


def _inside(process: Process, names: tuple[str, ...]) -> Process:
    """Where to begin with what is searched and may stand on its bound."""
    begin: dict[str, Any] = {"recall_floor": 0.6, "pause_share": 0.1}
    return replace(process, **{name: value for name, value in begin.items() if name in names})


def _prior(names: tuple[str, ...], begin: Process) -> tuple[F64, F64]:
    """Centre and spread on the scale of the search; the pace has that of the start values."""
    centre = [FREE[name].there(begin.needs_per_day if name == "needs_per_day" else FREE[name].centre) for name in names]
    return np.array(centre), np.array([FREE[name].sd for name in names])


def _bounds(names: tuple[str, ...]) -> tuple[F64, F64]:
    low = np.array([FREE[name].there(FREE[name].low) for name in names])
    return low, np.array([FREE[name].there(FREE[name].high) for name in names])


def _at(process: Process, names: tuple[str, ...], point: F64) -> Process:
    """A process with the searched parameters set."""
    found: dict[str, Any] = {name: float(FREE[name].back(value)) for name, value in zip(names, point, strict=True)}
    return replace(process, **found)
