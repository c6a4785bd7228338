"""Gamma quantiles, exact and from the table: against SciPy, edges, order, and originals equal to the bit."""

import math

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray
from scipy import special
from scipy.stats import kstwobign

from sim import draws
from sim import gamma as exact
from sim.gamma import gamma_quantile, ln_gamma
from sim.gamma_table import LEAST_LOGIT, LOGIT_CELLS, LOGIT_STEP, gamma_table, tabled_gamma_quantile
from tests.probabilities import original, probabilities

Column = NDArray[np.float64]


@njit()
def gamma_column(u: Column, shape: float, ln_gamma_shape: float) -> Column:
    return np.array([gamma_quantile(v, shape, ln_gamma_shape) for v in u])


@njit()
def ln_gamma_column(x: Column) -> Column:
    return np.array([ln_gamma(v) for v in x])


@njit()
def tabled_column(u: Column, shape: float, log_shape: float, table: Column) -> Column:
    return np.array([tabled_gamma_quantile(v, shape, log_shape, table) for v in u])


def exact_gamma(u: Column, shape: float | Column) -> Column:
    """SciPy's quantile, by the nearer tail."""
    x: Column = np.where(u < 0.9, special.gammaincinv(shape, u), special.gammainccinv(shape, 1.0 - u))
    return x


SHAPES = [0.2, 0.3, 0.5, 0.94, 1.0 - 2.0**-53, 1.0, 1.0 + 2.0**-52, 1.3, 2.0, 3.0, 4.7, 8.0, 13.0, 20.0]


@pytest.mark.parametrize(("slip", "right"), [(0.0, True), (3e-9, False)], ids=["as it is", "planted fault"])
@pytest.mark.parametrize("shape", SHAPES)
def test_gamma_quantile_against_scipy(shape: float, slip: float, right: bool) -> None:
    """Relative error below 1e-9 over the whole range of u; a shape off by 3e-9 does not pass."""
    u = probabilities(20_000)
    off = shape * (1.0 + slip)
    found = gamma_column(u, off, ln_gamma(off))
    assert bool(np.all(np.abs(found / exact_gamma(u, shape) - 1.0) < 1e-9)) == right


def test_gamma_quantile_between_the_shapes() -> None:
    """At 20,000 shapes from 0.2 to 20, each with another u: relative error below 1e-11."""
    rng = np.random.default_rng(6)
    shapes: Column = np.exp(rng.uniform(np.log(0.2), np.log(20.0), 20_000))
    u: Column = rng.permutation(np.concatenate([rng.random(10_000), 10.0 ** rng.uniform(-16, 0, 10_000)]))
    found: Column = np.array([gamma_quantile(*row) for row in zip(u, shapes, ln_gamma_column(shapes), strict=True)])
    np.testing.assert_allclose(found, exact_gamma(u, shapes), rtol=1e-11)


@pytest.mark.parametrize("shape", [0.05, 0.08, 0.13, 50.0, 200.0, 1000.0])
def test_gamma_quantile_beyond_the_usual_shapes(shape: float) -> None:
    """Finite, ascending but for rounding, and right within 1e-9 wherever the answer is a normal number."""
    u = probabilities(20_000)
    found, exact = gamma_column(u, shape, ln_gamma(shape)), exact_gamma(u, shape)
    assert np.all(np.isfinite(found) & (found >= 0.0))
    assert np.all(np.diff(found) >= -1e-12 * found[1:])
    normal = exact > 1e-290
    np.testing.assert_allclose(found[normal], exact[normal], rtol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_gamma_quantile_never_falls(shape: float) -> None:
    """On a million steps of u, in the tails, and on steps of 1e-12 around every seam; steps of one bit may round."""
    ln_shape = ln_gamma(shape)
    turn = float(special.gammainc(shape, exact_start_turn(shape)))
    steps: Column = np.linspace(-5e-10, 5e-10, 1001)
    close = [seam + steps for seam in (0.075, 0.5, 0.925, 0.995, turn)]
    tail: Column = np.logspace(-15.9, -3, 2001)
    grids: list[Column] = [np.linspace(1e-6, 1.0 - 1e-6, 1_000_001), tail, 1.0 - tail[::-1]]
    for u in [*grids, *close]:
        assert np.all(np.diff(gamma_column(u[(u > 0) & (u < 1)], shape, ln_shape)) >= 0.0)


def exact_start_turn(shape: float) -> float:
    """The x at which `gamma_quantile` changes from the reverted series to the fitted start (to a percent)."""
    t = 0.2
    return t * (shape + 1.0) * (1.0 + t + t * t * (1.5 * shape + 2.5) / (shape + 2.0))


def fitted_cube_root() -> Column:
    """The coefficients of the start: least squares on 81 z by 61 shapes from 0.15 to 400, Chebyshev nodes."""
    nodes = np.cos(np.linspace(0.0, np.pi, 81))
    rows = []
    for s in 1.3 + 1.25 * np.cos(np.linspace(0.0, np.pi, 61)):
        shape = s**-2
        lowest = np.exp(shape * np.log(0.2 * (shape + 1.0)) - special.gammaln(shape + 1.0))
        low, high = max(special.ndtri(lowest), -6.0), special.ndtri(0.995)
        z = (low + high) / 2.0 + (high - low) / 2.0 * nodes
        upper, lower = special.gammainccinv(shape, special.ndtr(-z)), special.gammaincinv(shape, special.ndtr(z))
        root = np.cbrt(np.where(z < 0.0, lower, upper) / shape)
        rows.append(np.stack([z**i * s**j for i in range(5) for j in range(5)], axis=1) / root[:, None])
    powers = np.concatenate(rows)
    coefficients: Column = np.linalg.lstsq(powers, np.ones(len(powers)))[0].reshape(5, 5)
    return coefficients


def test_the_start_is_the_fit_it_says_it_is() -> None:
    np.testing.assert_allclose(exact._CUBE_ROOT, fitted_cube_root(), atol=1e-6)
    u = np.linspace(0.5, 0.995, 1000)
    for shape in (2.0, 8.0, 50.0):
        start = [exact._gamma_start(v, shape) for v in u]
        np.testing.assert_allclose(start, exact_gamma(u, shape), rtol=3e-4)


def test_ln_gamma_against_scipy() -> None:
    """Within 1e-13 of its size; next to its zeros at 1 and 2 within 1e-13 of the Taylor series there."""
    x = np.concatenate([np.logspace(-300, 300, 20_001), np.linspace(0.1, 0.99, 5000), np.linspace(2.01, 20.0, 20_001)])
    np.testing.assert_allclose(ln_gamma_column(x), special.gammaln(x), rtol=1e-13)
    x = np.linspace(0.99, 2.01, 10_001)
    np.testing.assert_allclose(ln_gamma_column(x), special.gammaln(x), rtol=1e-13, atol=1e-15)
    assert ln_gamma(1.0) == ln_gamma(2.0) == 0.0
    e = np.concatenate([-np.logspace(-12, -5, 50), np.logspace(-12, -5, 50)])
    euler, zeta_3 = 0.5772156649015329, 1.2020569031595942
    one = (1.0 + e) - 1.0  # what is left of e when it has been added to 1
    np.testing.assert_allclose(
        ln_gamma_column(1.0 + e), one * (-euler + one * (np.pi**2 / 12.0 - one * zeta_3 / 3.0)), rtol=1e-13
    )
    two = (2.0 + e) - 2.0
    near_two = two * (1.0 - euler + two * ((np.pi**2 / 6.0 - 1.0) / 2.0 - two * (zeta_3 - 1.0) / 3.0))
    np.testing.assert_allclose(ln_gamma_column(2.0 + e), near_two, rtol=1e-13)


def seams() -> Column:
    """Chances at which the table changes its cell or ends, each between two close neighbours, 1e-9 away."""
    logits = LEAST_LOGIT + LOGIT_STEP * np.arange(LOGIT_CELLS + 1)
    return np.unique(np.concatenate([special.expit(logits) + k * 1e-9 for k in (-1, 0, 1)]))


@pytest.mark.parametrize(("slip", "right"), [(0.0, True), (3e-9, False)], ids=["as it is", "planted fault"])
@pytest.mark.parametrize("shape", [*SHAPES, 0.29, 0.301, 7.9, 9.48, 9.5])
def test_tabled_gamma_quantile_against_scipy(shape: float, slip: float, right: bool) -> None:
    """Relative error below 1e-9 within the table, at its seams and beyond it; a shape off by 3e-9 does not pass."""
    u = np.concatenate([probabilities(20_000), seams()])
    off = shape * (1.0 + slip)
    found = tabled_column(u, off, math.log(off), gamma_table())
    assert bool(np.all(np.abs(found / exact_gamma(u, shape) - 1.0) < 1e-9)) == right


def test_tabled_gamma_quantile_between_the_shapes() -> None:
    """At 200,000 pairs of a shape from 0.2 to 20 and a u: relative error below 1e-9."""
    rng = np.random.default_rng(6)
    shapes: Column = np.exp(rng.uniform(np.log(0.2), np.log(20.0), 200_000))
    u: Column = rng.permutation(np.concatenate([rng.random(100_000), 10.0 ** rng.uniform(-16, 0, 100_000)]))
    rows = zip(u, shapes, np.log(shapes), strict=True)
    found: Column = np.array([tabled_gamma_quantile(*row, gamma_table()) for row in rows])
    np.testing.assert_allclose(found, exact_gamma(u, shapes), rtol=1e-9)


@pytest.mark.parametrize("shape", [*SHAPES, 0.301, 5.5])
def test_tabled_gamma_quantile_never_falls(shape: float) -> None:
    """On a million steps of u, in the tails, and on steps of 1e-9 around every seam."""
    tail: Column = np.logspace(-15.9, -3, 2001)
    for u in [np.linspace(1e-6, 1.0 - 1e-6, 1_000_001), tail, 1.0 - tail[::-1], seams()]:
        assert np.all(np.diff(tabled_column(u, shape, math.log(shape), gamma_table())) >= 0.0)


def test_originals_return_the_same_bits() -> None:
    """ln_gamma and both gamma quantiles, every tail and seam among them."""
    rng = np.random.default_rng(8)
    u = np.concatenate([probabilities(2000), rng.random(2000)])
    gamma, ln, tabled = original(gamma_quantile), original(ln_gamma), original(tabled_gamma_quantile)
    x = np.concatenate([np.logspace(-300, 300, 2000), rng.uniform(0.01, 15.0, 20_000), [0.5, 1.0, 1.5, 2.0, 2.5, 12.0]])
    assert ln_gamma_column(x).tolist() == [ln(v) for v in x.tolist()]
    table = gamma_table().tolist()
    for shape in [0.05, *SHAPES, 60.0]:
        ln_shape = ln_gamma(shape)
        found = gamma_column(u, shape, ln_shape).tolist()
        assert found == [gamma(v, shape, ln_shape) for v in u.tolist()], shape
        log_shape = math.log(shape)
        found = tabled_column(u, shape, log_shape, gamma_table()).tolist()
        assert found == [tabled(v, shape, log_shape, table) for v in u.tolist()], shape


N, FALSE_FAIL = 50_000, 1e-6


@pytest.mark.parametrize(("slip", "right"), [(1.0, True), (1.1, False)], ids=["as it is", "planted fault"])
def test_gamma_draws_follow_the_gamma_distribution(slip: float, right: bool) -> None:
    """Draw by address, then quantile: Kolmogorov-Smirnov on 50,000 draws; fails a right one at 1e-6 of seeds.

    A distribution function off by 0.022 anywhere passes at most one seed in a hundred thousand; planted: a shape
    of 2.2 taken for 2 (off by 0.054).
    """
    u = draws.uniforms(7, np.arange(N), 0, draws.GAP_EXIT)[:, 0]
    p = np.sort(special.gammainc(2.0, gamma_column(u, 2.0 * slip, ln_gamma(2.0 * slip))))
    distance = max(np.max(np.arange(1, N + 1) / N - p), np.max(p - np.arange(N) / N))
    assert (kstwobign.sf(distance * np.sqrt(N)) > FALSE_FAIL) == right
