"""Variates by inversion: quantile functions as scalars that compile and still equal their originals.

Only + - * /, comparisons, sqrt, exp, log and log1p are used, so that each compiled function returns
the same bits as its Python original (`py_func`). The gamma distribution has files of its own: `gamma.py`, `gamma_table.py`.
"""

import math
from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Algorithm AS 241: numerator and denominator, constant term first, near the centre and in both tails.
_CENTRE = np.array(
    [
        [3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
         45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727],
        [1.0, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077,
         21213.794301586595867, 39307.89580009271061, 28729.085735721942674, 5226.495278852854561],
    ]
)  # fmt: skip
_TAIL = np.array(
    [
        [1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
         1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4],
        [1.0, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455,
         0.14810397642748007459, 0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9],
    ]
)  # fmt: skip
_FAR_TAIL = np.array(
    [
        [6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
         0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7],
        [1.0, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525,
         7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15],
    ]
)  # fmt: skip


@njit(cache=True, error_model="numpy")
def _ratio(r: float, coefficients: NDArray[np.float64]) -> float:
    """Quotient of two polynomials of degree 7 in r; coefficients of shape (2, 8), constant term first."""
    top = 0.0
    bottom = 0.0
    for k in range(7, -1, -1):
        top = top * r + float(coefficients[0, k])
        bottom = bottom * r + float(coefficients[1, k])
    return top / bottom


@njit(cache=True, error_model="numpy")
def normal_quantile(u: float) -> float:
    """Quantile of the standard normal distribution, relative error about 1e-15.

    Args:
        u: Probability, in [2**-1022, 1 - 2**-53].
    Returns:
        Standard deviations from the mean.
    Source:
        Wichura (1988), Algorithm AS 241 (PPND16), Applied Statistics 37(3), 477-484.
    """
    q = u - 0.5
    if -0.425 <= q <= 0.425:
        return q * _ratio(0.180625 - q * q, _CENTRE)
    r = math.sqrt(-math.log(min(u, 1.0 - u)))
    size = _ratio(r - 1.6, _TAIL) if r <= 5.0 else _ratio(r - 5.0, _FAR_TAIL)
    return size if q > 0.0 else -size


@njit(cache=True, error_model="numpy")
def table_quantile(u: float, table: NDArray[np.float64]) -> float:
    """Quantile by straight lines between the entries of a table.

    Args:
        u: Probability, in [0, 1].
        table: Quantiles at equally spaced probabilities from 0 to 1, never falling, shape (m,), m >= 2.
    Returns:
        In the table's unit; exact at the table's probabilities, never falling in u.
    """
    place = u * (len(table) - 1)
    below = min(int(place), len(table) - 2)
    low = float(table[below])
    return low + (place - below) * (float(table[below + 1]) - low)


@cache
def beta_table(a: float, b: float, points: int = 4097) -> NDArray[np.float64]:
    """Table for `table_quantile` of the beta distribution.

    Args:
        a, b: Shapes, > 0.
        points: Length of the table, >= 2.
    Returns:
        Quantiles in [0, 1], from 0 to 1, shape (points,), read-only. By `table_quantile`, 4097 points give the mean, and
        every quantile from 0.5 % to 99.5 %, to 1e-4; the first and last line each stand for a whole tail.
    Raises:
        ValueError: An argument is out of its range; the message carries the values.
    """
    if not (0.0 < a < math.inf and 0.0 < b < math.inf and points >= 2):
        raise ValueError(f"beta_table needs finite a, b > 0 and points >= 2, got a={a}, b={b}, points={points}")
    from scipy.special import (
        betaincinv,
    )  # SciPy is slow to import and only needed when a world is set up

    table: NDArray[np.float64] = betaincinv(a, b, np.linspace(0.0, 1.0, points))
    table.flags.writeable = False
    return table
