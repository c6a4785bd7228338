"""Many comparisons at once: Holm for tests, max-t for intervals."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from experiments.paired.difference import Difference, differences
from experiments.paired.values import F64, check_between, outcome

DRAWS = 20_000  # the share covered by a simulated quantile is then off by 0.15 % (one standard error)
SEED = 20_010_701
CHUNK = 4_000_000  # numbers held at once


@dataclass(frozen=True)
class Tested:
    """One member of a family of tests.

    Attributes:
        policy: Row of the policy.
        p_value: Of the paired t test alone; None if it is identical to the baseline.
        adjusted: Holm's p, in [p_value, 1]; None likewise.
        rejected: Whether it differs, the chance of any false one in the family being at most `error`.
    """

    policy: int
    p_value: float | None
    adjusted: float | None
    rejected: bool


def holm(values: Any, baseline: int = 0, error: float = 0.05) -> tuple[Tested, ...]:
    """Paired t tests of all other policies against the baseline, family error by Holm.

    Args:
        values: Shape (policies, seeds), at least 2 seeds; see `values.outcome`.
        baseline: Row to hold them against.
        error: Of the family, in (0, 1).
    Returns:
        One per other policy. Identical ones count in the size of the family (p = 1), so that a policy that happens
        never to bite does not make the others easier to find.
    Source:
        Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statistics 6(2), 65-70.
    """
    check_between("error", error, 0.0, 1.0)
    found = differences(outcome(values, baseline, least=2), baseline, p_values=True)
    adjusted = adjust([1.0 if one.p_value is None else one.p_value for one in found])
    return tuple(
        Tested(one.policy, one.p_value, None if one.identical else p, not one.identical and p <= error)
        for one, p in zip(found, adjusted, strict=True)
    )


def adjust(p_values: list[float]) -> list[float]:
    """Holm's adjusted p-values, in the given order; an empty family is none."""
    from statsmodels.stats.multitest import multipletests

    return [float(p) for p in multipletests(p_values, method="holm")[1]] if p_values else []


def simultaneous(values: Any, baseline: int = 0, level: float = 0.95) -> tuple[Difference, ...]:
    """Paired differences whose intervals hold all at once with chance `level` (max-t); p-values are left to `holm`.

    Args:
        values: Shape (policies, seeds), at least 2 seeds; see `values.outcome`.
        baseline: Row to hold them against.
        level: Of the family, in (0, 1). The relative intervals are widened to the same single level.
    """
    check_between("level", level, 0.0, 1.0)
    table = outcome(values, baseline, least=2)
    seeds = table.shape[1]
    single = level_of(joint_quantile(np.delete(table, baseline, axis=0) - table[baseline], level), seeds - 1)
    return tuple(replace(one, level=level) for one in differences(table, baseline, single))


def level_of(quantile: float, freedom: int) -> float:
    """Level of the single t interval that has this quantile."""
    from scipy.special import stdtr

    return float(1.0 - 2.0 * stdtr(freedom, -quantile))


def joint_quantile(differences: F64, level: float, draws: int = DRAWS) -> float:
    """Quantile of the largest |t| of many means over the same seeds.

    Normal seeds with the correlation seen are drawn anew (parametric bootstrap with a fixed seed: the same input gives
    the same answer), and every t gets a standard deviation of its own from its own seeds, as in the real analysis. For
    one mean this is Student's quantile, and never less for several; for means that move together it stays near it; it never
    exceeds Bonferroni's by more than the error of the draws.

    Args:
        differences: Shape (comparisons, seeds), seeds >= 2; rows that do not vary are left out.
        level: In (0, 1).
        draws: Of the bootstrap.
    Source:
        Hothorn, Bretz & Westfall (2008), Simultaneous inference in general parametric models, Biometrical J. 50(3),
        346-363.
    """
    from experiments.paired import student

    seeds = differences.shape[1]
    varying = differences[np.ptp(differences, axis=1) > 0.0]
    alone = student.quantile(level, seeds - 1)
    if len(varying) < 2:
        return alone
    centred = varying - varying.mean(axis=1, keepdims=True)
    spreads = _loadings(centred / np.linalg.norm(centred, axis=1, keepdims=True))
    return max(float(np.quantile(_largest_t(spreads, seeds, draws), level)), alone)  # the draws may fall below it


def _loadings(unit: F64) -> F64:
    """Factor L, shape (comparisons, rank), with L L' the correlation of rows of unit length."""
    left, size, _ = np.linalg.svd(unit, full_matrices=False)
    return left[:, size > 1e-9 * size[0]] * size[size > 1e-9 * size[0]]


def _largest_t(loadings: F64, seeds: int, draws: int) -> F64:
    """Largest |t| over comparisons, shape (draws,), for seeds that are normal with these loadings."""
    comparisons, rank = loadings.shape
    largest = np.empty(draws)
    step = max(1, CHUNK // (seeds * comparisons))
    for first in range(0, draws, step):
        some = min(step, draws - first)
        products, extra = _luck(first, some, seeds - 1, rank)
        pairs = (loadings[:, :, None] * loadings[:, None, :]).reshape(comparisons, rank * rank)
        squares, mean = products @ pairs.T, extra @ loadings.T  # sum over seeds of (L z)**2 = L (z z' summed) L'
        t = np.abs(mean) / np.sqrt(squares / (seeds - 1))
        largest[first : first + some] = t.max(axis=1)
    return largest


@lru_cache(maxsize=8)  # the many families of one report have few shapes
def _luck(first: int, some: int, freedom: int, rank: int) -> tuple[F64, F64]:
    """Draws from number `first` on: products of standard normals z summed over seeds, shape (some, rank * rank), and means.

    The means have shape (some, rank).
    """
    draw = np.random.Generator(np.random.Philox(key=[SEED, first]))
    normal = draw.standard_normal((some, freedom, rank))
    return (normal.transpose(0, 2, 1) @ normal).reshape(some, rank * rank), draw.standard_normal((some, rank))
