"""Gamma quantiles from a table of polynomials: the gaps of all needs, at half the cost of `gamma_quantile`.

ln of the quantile is smooth in y = logit(u) and s = ln(shape). A grid of cells covers the shapes that gaps have and
all but 1.2e-5 of the chance; in each cell a polynomial of degree 7 in both goes through Chebyshev-Lobatto nodes. Edges
are nodes, so that for one shape neighbouring cells meet and the quantile never falls.
"""

from functools import cache
from math import exp, log, log1p
from typing import Any

import numpy as np
from numba import njit

from sim.contract import F64
from sim.gamma import gamma_quantile, ln_gamma

DEGREE = 7
COEFFICIENTS = (DEGREE + 1) * (DEGREE + 1)
LEAST_LOGIT, LOGIT_STEP, LOGIT_CELLS = -12.0, 0.75, 32
LEAST_LOG_SHAPE, LOG_SHAPE_STEP, LOG_SHAPE_CELLS = -1.25, 0.5, 7  # shapes from 0.287 to 9.49


@njit(cache=True, error_model="numpy")
def tabled_gamma_quantile(u: float, shape: float, log_shape: float, table: Any) -> float:
    """Quantile of the gamma distribution of scale 1.

    Args:
        u: Probability, in [1e-16, 1 - 2**-53].
        shape: In [0.05, 1000].
        log_shape: ln(shape), stored once per shopper.
        table: `gamma_table()`, or the same as lists.
    Returns:
        In the unit of the scale, relative error below 1e-9. Never falls over steps of u of 1e-9 or more.
    """
    if shape == 1.0:
        return -log1p(-u)
    y = (log(u / (1.0 - u)) - LEAST_LOGIT) / LOGIT_STEP
    s = (log_shape - LEAST_LOG_SHAPE) / LOG_SHAPE_STEP
    if not (0.0 <= y < LOGIT_CELLS and 0.0 <= s < LOG_SHAPE_CELLS):
        return gamma_quantile(u, shape, ln_gamma(shape))
    i = int(y)
    j = int(s)
    y = 2.0 * (y - i) - 1.0
    s = 2.0 * (s - j) - 1.0
    cell = table[i * LOG_SHAPE_CELLS + j]
    total = 0.0
    for m in range(DEGREE, -1, -1):
        row = 0.0
        for n in range(DEGREE, -1, -1):
            row = row * s + cell[m * (DEGREE + 1) + n]
        total = total * y + row
    return exp(total)


@cache
def gamma_table() -> F64:
    """Coefficients by cell, shape (cells, 64): of y**m * s**n at place 8 * m + n, y and s in [-1, 1] within the cell."""
    node = np.cos(np.pi * np.arange(DEGREE, -1, -1) / DEGREE)
    logits = _grid(LEAST_LOGIT, LOGIT_STEP, LOGIT_CELLS, node)
    log_shapes = _grid(LEAST_LOG_SHAPE, LOG_SHAPE_STEP, LOG_SHAPE_CELLS, node)
    values = np.empty((len(logits), len(log_shapes)))
    _fill(values, logits, log_shapes)
    through = np.linalg.inv(np.vander(node, increasing=True))
    cells = values.reshape(LOGIT_CELLS, DEGREE + 1, LOG_SHAPE_CELLS, DEGREE + 1)
    table: F64 = np.einsum("mi,aibj,nj->abmn", through, cells, through).reshape(-1, COEFFICIENTS)
    table.flags.writeable = False
    return table


def _grid(least: float, step: float, cells: int, node: F64) -> F64:
    """The nodes of all cells, one cell after the other."""
    grid: F64 = (least + step * (np.arange(cells)[:, None] + (node + 1.0) / 2.0)).ravel()
    return grid


@njit(cache=True, error_model="numpy")
def _fill(values: Any, logits: Any, log_shapes: Any) -> None:
    """ln of the quantile at every node."""
    for j in range(len(log_shapes)):
        shape = exp(log_shapes[j])
        ln_gamma_shape = ln_gamma(shape)
        for i in range(len(logits)):
            values[i, j] = log(gamma_quantile(1.0 / (1.0 + exp(-logits[i])), shape, ln_gamma_shape))
