"""Student's t: quantiles, half-widths, and how many seeds a half-width takes."""

import math
from collections.abc import Callable
from functools import lru_cache

from experiments.paired.values import check_between


@lru_cache(maxsize=4096)
def quantile(level: float, freedom: float) -> float:
    """Two-sided quantile of t: |t| stays below it with chance `level`, in (0, 1), at `freedom` > 0 degrees."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + level / 2.0))


def two_sided(t: float, freedom: float) -> float:
    """p-value of |t|, in [0, 1]; 0 for an infinite t."""
    from scipy.special import stdtr

    return float(2.0 * stdtr(freedom, -abs(t)))


def half_width(deviation: float, seeds: int, level: float) -> float:
    """Half-width of the t interval of a mean of `seeds` >= 2 values with that standard deviation, >= 0."""
    return quantile(level, seeds - 1) * deviation / math.sqrt(seeds)


def seeds_for(deviation: float, target: float, level: float, most: int = 10**7) -> int:
    """Fewest seeds, >= 2, whose t interval is expected to be no wider than +-`target`.

    Args:
        deviation: Standard deviation of one seed's value, >= 0, unit of the outcome.
        target: Half-width asked for, > 0, same unit.
        level: Of the interval, in (0, 1).
        most: Answer if even so many do not do.
    """
    check_between("level", level, 0.0, 1.0)
    return fewest(lambda seeds: half_width(deviation, seeds, level) <= target, most)


def fewest(enough: Callable[[int], bool], most: int) -> int:
    """The smallest whole number in [2, most] for which `enough` holds, it being monotone; `most` if none does."""
    high = 2
    while high < most and not enough(high):
        high *= 2
    low, high = max(high // 2, 1), min(high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
