"""What a policy changes: its paired difference to the baseline over seeds, and what sharing the luck has saved."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.paired import student
from experiments.paired.relative import Estimate, relative
from experiments.paired.values import F64, check_between, outcome


@dataclass(frozen=True)
class Difference:
    """A policy less its baseline, mean over seeds.

    Attributes:
        policy: Row of the policy.
        mean: Unit of the outcome.
        half_width: Of the interval, same unit, >= 0; None from one seed.
        level: Of the interval, in (0, 1).
        seeds: Pairs of twin worlds, >= 1.
        identical: The two policies agree exactly at every seed; the interval is then [0, 0] and there is no p.
        baseline_mean: Mean of the baseline, unit of the outcome.
        relative: The same as a share of the baseline mean; None if that mean cannot be told from 0 or is negative.
        p_value: Two-sided, of a paired t test; None unless asked for (it says nothing where seeds are free).
        variance_ratio: Variance of a difference between two worlds of their own luck over that of twins:
            (var a + var b) / var(a - b), > 1 where sharing luck pays. None if the difference does not vary.
        independent_seeds: Seeds that each policy would have needed, with luck of its own, for the same half-width.
    """

    policy: int
    mean: float
    half_width: float | None
    level: float
    seeds: int
    identical: bool
    baseline_mean: float
    relative: Estimate | None
    p_value: float | None = None
    variance_ratio: float | None = None
    independent_seeds: int | None = None

    @property
    def low(self) -> float | None:
        """Lower end of the interval; None from one seed."""
        return None if self.half_width is None else self.mean - self.half_width

    @property
    def high(self) -> float | None:
        """Upper end of the interval; None from one seed."""
        return None if self.half_width is None else self.mean + self.half_width


def differences(values: Any, baseline: int = 0, level: float = 0.95, p_values: bool = False) -> tuple[Difference, ...]:
    """Paired differences of all other policies to the baseline, in the order of the rows.

    Args:
        values: Shape (policies, seeds), any unit, finite, the same luck down each column.
        baseline: Row to hold them against.
        level: Of each interval by itself, in (0, 1): t with seeds - 1 degrees of freedom. For all at once: `families`.
        p_values: Whether to test as well.
    Raises:
        RegularsError: As `values.outcome`; a level outside (0, 1).
    """
    table = outcome(values, baseline)
    check_between("level", level, 0.0, 1.0)
    rows = [row for row in range(len(table)) if row != baseline]
    return tuple(_difference(row, table[row], table[baseline], level, p_values) for row in rows)


def _difference(row: int, ours: F64, base: F64, level: float, p_values: bool) -> Difference:
    minus, seeds = ours - base, len(base)
    identical = not minus.any()
    width = half_width(minus, level)
    ratio, needed = _saved(ours, base, width, level)
    return Difference(
        policy=row,
        mean=float(minus.mean()),
        half_width=width,
        level=level,
        seeds=seeds,
        identical=identical,
        baseline_mean=float(base.mean()),
        relative=relative(ours, base, level),
        p_value=p_value(minus) if p_values and not identical and seeds > 1 else None,
        variance_ratio=ratio,
        independent_seeds=needed,
    )


def half_width(differences: F64, level: float) -> float | None:
    """Half-width of the t interval of a mean of paired differences, shape (seeds,); None from one seed."""
    seeds = len(differences)
    return student.half_width(deviation(differences), seeds, level) if seeds > 1 else None


def deviation(values: F64) -> float:
    """Standard deviation over seeds, shape (seeds,) with seeds >= 2; exactly 0 for a constant."""
    return float(values.std(ddof=1)) if np.ptp(values) > 0.0 else 0.0


def p_value(differences: F64) -> float:
    """Two-sided p of a paired t test, shape (seeds,) with seeds >= 2; 0 for a constant difference other than 0."""
    seeds, spread, mean = len(differences), deviation(differences), float(differences.mean())
    if spread == 0.0:
        return 1.0 if mean == 0.0 else 0.0
    return student.two_sided(mean / spread * math.sqrt(seeds), seeds - 1)


def _saved(ours: F64, base: F64, width: float | None, level: float) -> tuple[float | None, int | None]:
    """Variance ratio against worlds of their own luck, and the seeds those would take (Welch's degrees of freedom)."""
    spread = deviation(ours - base) if width is not None else 0.0
    if width is None or spread == 0.0:
        return None, None
    a, b = deviation(ours) ** 2, deviation(base) ** 2
    freedom = (a + b) ** 2 / (a * a + b * b)  # for each seed above the first

    def enough(seeds: int) -> bool:
        return student.quantile(level, (seeds - 1) * freedom) * math.sqrt((a + b) / seeds) <= width

    return (a + b) / spread**2, student.fewest(enough, 10**7)
