"""How sure the parameters are: many logs of the real one's size are simulated around the best fit, and the parameters
are regressed on what these logs show.

What is left over by that regression is the uncertainty. It holds all there is: the luck of a log of this size, that of
the simulation, and the bends of the moments that no straight line follows. Intervals from slopes alone hold none but the first.

Source:
    Beaumont, Zhang & Balding (2002), Genetics 162, for the regression; Fearnhead & Prangle (2012), J. Royal Statistical
    Society B 74, for one summary per parameter, here a step of least squares on the moments.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.calibration.side_by_side import side_by_side
from sim.orders.log import F64

_FIRST = 0.4  # of the first cloud of points, in prior standard deviations
_WIDER = 2.0  # than the data leave it, is each later cloud
_REACH = 2.5  # standard deviations of the cloud, as far as a step may lead


@dataclass(frozen=True)
class Normal:
    """A normal law on the scale of the search: mean (p,) and covariance (p, p)."""

    mean: F64
    covariance: F64

    @property
    def precision(self) -> F64:
        """Inverse of the covariance."""
        return np.asarray(np.linalg.inv(self.covariance))


def posterior(figures: Callable[[F64, int], F64], wanted: F64, weight: F64, begin: F64, prior: Normal, low: F64, high: F64,
              number: int, rounds: int = 2) -> Normal:  # fmt: skip
    """The law of the parameters given the moments of a log.

    Args:
        figures: Moments of a simulated log, of as many customers as the real one, by point and seed; shape (q,).
        wanted, weight: Moments of the real log and what a miss of each counts, shape (q,).
        begin: Best fit, shape (p,).
        prior: Of the parameters; without covariances.
        low, high: Bounds, shape (p,).
        number: Of logs in each round, above (p + 1) (p + 2) / 2.
        rounds: Clouds of points: the first around `begin`, each later one around what the last has found.
    """
    cloud = Normal(begin, np.diag(np.minimum(_FIRST**2 * np.diag(prior.covariance), 1.0)).astype(np.float64))
    found = cloud
    for at in range(rounds):
        points = _points(cloud, low, high, number, at)
        seeds = range(5_000 + at * number, 5_000 + (at + 1) * number)
        shown = np.array(side_by_side(figures, points, seeds))
        misses = (shown - wanted) * weight
        inside = _regressed(points, misses, prior, cloud)
        data = _information(inside, cloud)
        found = _combined(inside, cloud, data, prior, low, high)
        cloud = Normal(found.mean, np.asarray(np.linalg.inv(prior.precision + data / _WIDER**2), np.float64))
    return found


def _points(cloud: Normal, low: F64, high: F64, number: int, seed: int) -> F64:
    """Evenly scattered points of a law, within bounds; shape (number, p)."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    cube = qmc.Sobol(len(low), seed=1 + seed).random(number)
    root = np.linalg.cholesky(cloud.covariance)
    return np.clip(cloud.mean + ndtri(np.clip(cube, 0.003, 0.997)) @ root.T, low, high)


def _regressed(points: F64, misses: F64, prior: Normal, cloud: Normal) -> Normal:
    """The parameters given no miss, were the cloud the prior: quadratic regression on one summary per parameter."""
    step = points - cloud.mean
    p = step.shape[1]
    slopes = np.linalg.lstsq(_terms(step), misses, rcond=None)[0][1 : p + 1].T
    bread = slopes.T @ slopes + prior.precision
    shown = misses @ np.linalg.solve(bread, slopes.T).T  # the step that least squares would take, sign apart
    scale = shown.std(axis=0) + 1e-12
    table = _terms(shown / scale)
    fit = np.linalg.lstsq(table, step, rcond=None)[0]
    left = step - table @ fit
    spread = np.sqrt(np.diag(cloud.covariance))
    mean = cloud.mean + np.clip(fit[0], -_REACH * spread, _REACH * spread)
    return Normal(mean, (left.T @ left / (len(step) - table.shape[1])).astype(np.float64))


def _terms(x: F64) -> F64:
    """One, each column, and the products of two; shape (number, (p + 1) (p + 2) / 2)."""
    i, j = np.triu_indices(x.shape[1])
    return np.column_stack([np.ones(len(x)), x, x[:, i] * x[:, j]])


def _information(inside: Normal, cloud: Normal) -> F64:
    """What the data add to the precision of the cloud; never less than nothing."""
    root = np.linalg.cholesky(cloud.covariance)
    values, vectors = np.linalg.eigh(root.T @ inside.precision @ root)
    back = np.linalg.inv(root).T @ vectors
    return np.asarray(back @ np.diag(np.maximum(values - 1.0, 1e-6)) @ back.T)


def _combined(inside: Normal, cloud: Normal, data: F64, prior: Normal, low: F64, high: F64) -> Normal:
    """Data and prior, the cloud taken out again."""
    told = (data + cloud.precision) @ inside.mean - cloud.precision @ cloud.mean
    covariance: F64 = np.asarray(np.linalg.inv(data + prior.precision), np.float64)
    mean = covariance @ (told + prior.precision @ prior.mean)
    return Normal(np.clip(mean, low, high), covariance)
