"""Differences as a share of the baseline mean."""

import math
from dataclasses import dataclass

import numpy as np

from experiments.paired import student
from experiments.paired.values import F64


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval; `low` and `high` are None where there is none (one seed)."""

    mean: float
    low: float | None
    high: float | None


def relative(ours: F64, base: F64, level: float) -> Estimate | None:
    """Mean of a policy over the mean of its baseline, less 1, with Fieller's interval.

    The interval holds every share r for which a paired t test does not reject that the mean of `ours - (1 + r) base`
    is 0: the doubt about the baseline mean is in it, and non-inferiority against a margin floor asks the same question.

    Args:
        ours, base: Shape (seeds,), same luck.
        level: In (0, 1).
    Returns:
        Shares (0.01 is 1 % more); None if the baseline mean is not above 0 with that confidence.
    Source:
        Fieller (1954), Some problems in interval estimation, JRSS B 16(2), 175-185.
    """
    seeds, above, below = len(base), float(ours.mean()), float(base.mean())
    if below <= 0.0:
        return None
    if seeds == 1:
        return Estimate(above / below - 1.0, None, None)
    if not (ours - base).any():
        return Estimate(0.0, 0.0, 0.0)
    (aa, ab), (_, bb) = np.cov(ours, base) * student.quantile(level, seeds - 1) ** 2 / seeds
    square = below * below - bb  # > 0: the baseline mean can be told from 0
    if square <= 0.0:
        return None
    middle = above * below - ab
    root = math.sqrt(max(middle * middle - square * (above * above - aa), 0.0))
    return Estimate(above / below - 1.0, (middle - root) / square - 1.0, (middle + root) / square - 1.0)
