"""What every statistic here takes: one number per policy and seed, checked once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import RegularsError, wrong

F64 = NDArray[np.float64]


def outcome(values: Any, baseline: int = 0, least: int = 1) -> F64:
    """One outcome as an array, or the reason why it is none.

    Args:
        values: Shape (policies, seeds), any unit, finite; column s holds the worlds of one seed under all policies.
        baseline: Row of the policy that the others are held against, in [0, policies).
        least: Seeds needed, >= 1.
    Returns:
        Shape (policies, seeds), float64.
    Raises:
        RegularsError: Another shape, a value that is missing or not finite, too few seeds, no such baseline.
    """
    table = as_floats("values", values)
    if table.ndim != 2 or 0 in table.shape:
        raise wrong("values", f"shape {table.shape}", "shape (policies, seeds), neither of them 0")
    if table.shape[1] < least:
        raise wrong("seeds", table.shape[1], f"at least {least} for this question")
    if bad := np.argwhere(~np.isfinite(table)).tolist():
        policy, seed = bad[0]
        where = f"values: policy {policy}, seed {seed}"
        raise wrong(where, table[policy, seed], "a finite number (drop the seed for all policies: `complete`)")
    check_row("baseline", baseline, len(table))
    return table


def as_floats(where: str, values: Any) -> F64:
    """An array of float64, or one line that says what is none."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise RegularsError(f"{where}: not a table of numbers ({' '.join(str(error).split())})") from None


def check_row(where: str, row: int, rows: int) -> None:
    """Refuses a row that the table does not have."""
    if not 0 <= row < rows:
        raise wrong(where, row, f"a row of the table, 0 to {rows - 1}")


def check_between(where: str, given: float, low: float, high: float) -> None:
    """Refuses a number outside the open interval (low, high)."""
    if not low < given < high:
        raise wrong(where, given, f"a number above {low:g} and below {high:g}")


def complete(values: Any) -> NDArray[np.bool_]:
    """Seeds, shape (seeds,), at which every policy has a finite value: one failed run costs its seed, not the sweep."""
    return np.asarray(np.isfinite(as_floats("values", values)).all(axis=0))


def ratios(numerators: Any, denominators: Any) -> F64:
    """A ratio of totals as an outcome: one ratio per policy and seed.

    A figure per customer (contribution per customer, margin rate, cost per retained customer) is the seed's total over
    the seed's total, so customers count by what they did, and its mean over seeds is what the shop may expect of one
    year. It is not the grand total over the grand total: that would weigh a seed by its size, which is an outcome too.

    Args:
        numerators, denominators: Totals, shape (policies, seeds), any unit; no denominator is 0.
    Returns:
        Shape (policies, seeds), unit of the numerator per unit of the denominator.
    Raises:
        RegularsError: Shapes differ, a value is not finite, a denominator is 0.
    """
    over, under = outcome(numerators), outcome(denominators)
    if over.shape != under.shape:
        raise wrong("denominators", f"shape {under.shape}", f"shape {over.shape}, as the numerators")
    if zeros := np.argwhere(under == 0.0).tolist():
        policy, seed = zeros[0]
        raise wrong(f"denominators: policy {policy}, seed {seed}", 0, "a total other than 0")
    return over / under
