"""The last steps of a fit: moments as a smooth surface over the parameters, from many simulated logs around the best.

Differences of two simulated logs are noisy, and noise passes for information: intervals would be far too narrow. A
regression over hundreds of logs, each with luck of its own, averages it away.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.orders.log import F64

_WIDTH = 0.4  # of the cloud of points, in prior standard deviations


@dataclass(frozen=True)
class Surface:
    """Moments as quadratic functions of the searched parameters, diagonal in them: around `centre`.

    Attributes:
        centre: Shape (p,).
        level, slope, bend: Shape (q,), (q, p), (q, p).
    """

    centre: F64
    level: F64
    slope: F64
    bend: F64

    def __call__(self, point: F64) -> F64:
        """Moments at a point, shape (q,)."""
        step = point - self.centre
        return np.asarray(self.level + self.slope @ step + self.bend @ step**2)

    def slopes(self, point: F64) -> F64:
        """Their slopes there, shape (q, p)."""
        return np.asarray(self.slope + 2 * self.bend * (point - self.centre))


def around(figures: Callable[[F64, int], F64], centre: F64, sd: F64, low: F64, high: F64, number: int) -> Surface:
    """Regress the moments of `number` simulated logs on their parameters, drawn around a centre within bounds.

    Args:
        figures: Moments of a simulated log by point and seed, shape (q,).
        centre, sd, low, high: Of the searched parameters, shape (p,).
        number: Of logs, above 2 p + 1.
    """
    from scipy.special import ndtri
    from scipy.stats import qmc

    cube = qmc.Sobol(len(centre), seed=1).random(number)
    points = np.clip(centre + _WIDTH * sd * ndtri(np.clip(cube, 0.02, 0.98)), low, high)
    found = np.array([figures(point, 5_000 + at) for at, point in enumerate(points)])
    step = points - centre
    table = np.column_stack([np.ones(number), step, step**2])
    fit, *_ = np.linalg.lstsq(table, found, rcond=None)
    p = len(centre)
    return Surface(centre, fit[0], fit[1 : p + 1].T, fit[p + 1 :].T)


def lowest(surface: Surface, value: F64, weight: F64, centre: F64, sd: F64, low: F64, high: F64) -> F64:
    """The point of least distance on the surface, not beyond its cloud (two widths)."""
    from scipy.optimize import least_squares

    reach = 2 * _WIDTH * sd
    floor, roof = np.maximum(low, surface.centre - reach), np.minimum(high, surface.centre + reach)

    def misses(point: F64) -> F64:
        return np.r_[(surface(point) - value) * weight, (point - centre) / sd]

    def slopes(point: F64) -> F64:
        return np.vstack([surface.slopes(point) * weight[:, None], np.diag(1 / sd)])

    start = np.clip(surface.centre, floor + 1e-9, roof - 1e-9)
    return np.asarray(least_squares(misses, start, slopes, bounds=(floor, roof)).x)
