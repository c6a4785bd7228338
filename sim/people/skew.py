"""Levels of order value that lean to one side: a normal score turned into a gamma one of the same rank.

A level in ln yuan that is gamma gives order values with a Pareto tail: a few customers buy far more than a lognormal law has
them do, as shops' logs show.

Source:
    Pearson (1895), type III, standardised to mean 0 and standard deviation 1.
"""

from math import erfc, log, sqrt

from numba import njit

from sim.gamma import gamma_quantile, ln_gamma

LEAST = 0.07  # a smaller skewness counts as none: the gamma law is normal by then


@njit(cache=True, error_model="numpy")
def skewed(score: float, skewness: float) -> float:
    """A standard normal score as one of mean 0, standard deviation 1 and the given skewness, in [-2, 2]; ranks stay."""
    if abs(skewness) < LEAST:
        return score
    side = 1.0 if skewness > 0.0 else -1.0
    shape = 4.0 / (skewness * skewness)
    u = min(max(0.5 * erfc(-side * score / sqrt(2.0)), 1e-16), 1.0 - 2.0**-53)
    return side * (gamma_quantile(u, shape, ln_gamma(shape)) - shape) / sqrt(shape)


def ln_mean_exp(sd: float, skewness: float) -> float:
    """ln of the mean of exp(sd * score) over scores of that skewness; sd * skewness below 2."""
    if abs(skewness) < LEAST:
        return sd * sd / 2
    return -2 * sd / skewness - 4 / skewness**2 * log(1 - sd * skewness / 2)
