"""Means and shares with their 95 % intervals, and differences of two groups; None where there is too little to tell."""

from math import sqrt
from typing import Any

Z95 = 1.959963984540054


def mean_of(values: Any) -> dict[str, float | None]:
    """Mean of values, shape (n,), with its normal interval."""
    if not len(values):
        return {"mean": None, "low": None, "high": None}
    mean = float(values.mean())
    if len(values) < 2:
        return {"mean": mean, "low": None, "high": None}
    half = Z95 * sqrt(float(values.var(ddof=1)) / len(values))
    return {"mean": mean, "low": mean - half, "high": mean + half}


def share_of(flags: Any) -> dict[str, float | None]:
    """Share of flags set, shape (n,), with its interval by Wilson (1927)."""
    n = len(flags)
    if not n:
        return {"mean": None, "low": None, "high": None}
    from statsmodels.stats.proportion import proportion_confint

    count = int(flags.sum())
    low, high = proportion_confint(count, n, method="wilson")
    return {"mean": count / n, "low": float(low), "high": float(high)}


def difference_of_means(one: Any, other: Any) -> dict[str, float | None]:
    """Mean of `one` less that of `other`, normal interval with a variance for each (Welch)."""
    if len(one) < 2 or len(other) < 2:
        return {"mean": None, "low": None, "high": None}
    mean = float(one.mean() - other.mean())
    half = Z95 * sqrt(float(one.var(ddof=1)) / len(one) + float(other.var(ddof=1)) / len(other))
    return {"mean": mean, "low": mean - half, "high": mean + half}


def difference_of_shares(one: Any, other: Any) -> dict[str, float | None]:
    """Share set in `one` less that in `other`, interval by Newcombe (1998), method 10."""
    n, m = len(one), len(other)
    if not n or not m:
        return {"mean": None, "low": None, "high": None}
    from statsmodels.stats.proportion import confint_proportions_2indep

    a, b = int(one.sum()), int(other.sum())
    low, high = confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff")
    return {"mean": a / n - b / m, "low": float(low), "high": float(high)}
