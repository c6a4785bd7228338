"""Quantiles: against SciPy, edges, order, and originals equal to the bit."""

import math

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray
from scipy import special

from sim.quantiles import beta_table, normal_quantile, table_quantile
from tests.probabilities import original, probabilities

Column = NDArray[np.float64]


@njit()
def normal_column(u: Column) -> Column:
    return np.array([normal_quantile(v) for v in u])


def test_normal_quantile_against_scipy() -> None:
    """Relative error below 4e-15, from 1e-300 to 1 - 2**-53."""
    u = np.concatenate([np.logspace(-300, -16, 3000), probabilities(100_000)])
    np.testing.assert_allclose(normal_column(u), special.ndtri(u), rtol=4e-15)
    assert normal_quantile(0.5) == 0.0
    assert normal_quantile(2.0**-53) == -normal_quantile(1.0 - 2.0**-53)


def test_original_returns_the_same_bits() -> None:
    """normal_quantile on 55,000 points, every tail and seam among them."""
    many = np.concatenate([np.random.default_rng(8).random(50_000), probabilities(5000)])
    normal = original(normal_quantile)
    assert normal_column(many).tolist() == [normal(v) for v in many.tolist()]


def test_table_quantile_is_straight_between_its_entries() -> None:
    table = np.array([0.0, 1.0, 4.0, 4.0, 10.0])
    for u, value in [(0.0, 0.0), (0.125, 0.5), (0.25, 1.0), (0.375, 2.5), (0.6, 4.0), (0.875, 7.0), (1.0, 10.0)]:
        assert table_quantile(u, table) == pytest.approx(value, abs=1e-15)
        assert table_quantile.py_func(u, table.tolist()) == table_quantile(u, table)


@pytest.mark.parametrize(("a", "b"), [(0.4, 3.0), (1.0, 1.0), (2.0, 30.0), (6.0, 4.0)])
def test_beta_table(a: float, b: float) -> None:
    """Good to 1e-4 from u = 0.5 % to 99.5 %, the mean too; never falling, and the same bits from the original."""
    table = beta_table(a, b)
    assert (len(table), table[0], table[-1]) == (4097, 0.0, 1.0)
    u = np.random.default_rng(9).random(20_000)
    found = np.array([table_quantile(v, table) for v in u])
    inside = np.abs(u - 0.5) < 0.495
    np.testing.assert_allclose(found[inside], special.betaincinv(a, b, u[inside]), rtol=0, atol=1e-4)
    assert np.mean((table[1:] + table[:-1]) / 2.0) == pytest.approx(a / (a + b), abs=1e-4)
    assert np.all(np.diff(found[np.argsort(u)]) >= 0.0)
    assert found.tolist() == [table_quantile.py_func(v, table.tolist()) for v in u.tolist()]


@pytest.mark.parametrize(("a", "b", "points"), [(0.0, 1.0, 9), (1.0, -2.0, 9), (math.nan, 1.0, 9), (1.0, 1.0, 1)])
def test_beta_table_refuses_what_it_cannot_tabulate(a: float, b: float, points: int) -> None:
    with pytest.raises(ValueError, match=f"a={a}, b={b}, points={points}"):
        beta_table(a, b, points)
