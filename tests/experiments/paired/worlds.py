"""Synthetic twin worlds for the statistics: fast, and the truth is known.

One customer's contribution is 10 plus
- the effect of the policy;
- the market of the seed (sd 1), shared by all its customers, and by its twins if they share luck;
- the desk of this policy at this seed (sd `desk`), shared by all its customers: what couples them;
- the customer's own luck (sd 1), as the market;
- what the policy does to this customer (sd 1).
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import binom

from experiments.paired.values import F64

MEAN = 10.0
SEEDS, CUSTOMERS, DESK = 20, 40, 0.3
# between 30 and 70 hits in 1,000: a method that errs in 5 % is inside 99.7 % of the time, one that errs in 9 % in 1.3 %
MANY, LOW, HIGH = 1_000, 30, 70


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def contributions(
    draw: np.random.Generator,
    comparisons: int,
    effects: Sequence[float] = (0.0, 0.0),
    shared: bool = True,
    seeds: int = SEEDS,
) -> F64:
    """Contributions, shape (comparisons, policies, seeds, customers); `shared` luck or a luck of their own."""
    policies = len(effects)
    luck = 1 if shared else policies
    values = MEAN + np.asarray(effects)[:, None, None] + draw.normal(size=(comparisons, luck, seeds, 1))
    values = values + DESK * draw.normal(size=(comparisons, policies, seeds, 1))
    values = values + draw.normal(size=(comparisons, luck, seeds, CUSTOMERS))
    values += draw.normal(size=(comparisons, policies, seeds, CUSTOMERS))
    return values


def outcomes(
    draw: np.random.Generator, comparisons: int, effects: Sequence[float], seeds: int, shared: bool = True
) -> F64:
    """Means over the customers of such worlds, shape (comparisons, policies, seeds), without drawing the customers."""
    policies = len(effects)
    luck = draw.normal(scale=np.sqrt(1.0 + 1.0 / CUSTOMERS), size=(comparisons, 1 if shared else policies, seeds))
    own = draw.normal(scale=np.sqrt(DESK**2 + 1.0 / CUSTOMERS), size=(comparisons, policies, seeds))
    return MEAN + np.asarray(effects)[:, None] + luck + own


def passing(low: int, high: int, rate: float, n: int = MANY) -> float:
    """Chance that a method which hits at `rate` has between `low` and `high` hits, both included, in `n`."""
    return float(binom.cdf(high, n, rate) - binom.cdf(low - 1, n, rate))
