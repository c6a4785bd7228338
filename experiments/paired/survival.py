"""Retention over time: curves from daily counts, with bands over seeds.

Customers of one seed share their desk and their market, so Greenwood, log-rank and Cox, which take customers as
independent, would be too sure of themselves. Here a seed is one curve.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.paired import student
from experiments.paired.families import joint_quantile
from experiments.paired.values import F64, as_floats, check_between, check_row, outcome
from sim.errors import wrong

DRAWS = 4_000  # for the quantile of a band; the share covered is then off by 0.35 % (one standard error)


@dataclass(frozen=True)
class Curves:
    """Mean curves over seeds, one row each.

    Attributes:
        mean: Share still active, or a difference of shares, shape (rows, days).
        pointwise: Half-width of the t interval of each day by itself, same shape, >= 0.
        simultaneous: Half-width of the band that holds over all days of its row at once, same shape, >= pointwise.
        identical: Differences only: rows that are exactly 0 at all seeds and days, shape (rows,).
        level: Of both, in (0, 1).
        seeds: Curves behind each mean.
    """

    mean: F64
    pointwise: F64
    simultaneous: F64
    identical: NDArray[np.bool_]
    level: float
    seeds: int


def shares(active: Any, group: Any = None) -> F64:
    """Share of the index group still active, shape (policies, seeds, days), in [0, 1].

    Args:
        active: Customers counted as active, shape (policies, seeds, days), whole numbers >= 0, same luck for all
            policies of a seed. They may rise again (retention by window) or not (survival).
        group: Size of the index group, > 0, shape (seeds,) or (policies, seeds); left out, the count of the first day.
    Raises:
        RegularsError: Another shape, a count that is negative, not finite or above its group, an empty group.
    """
    counts = as_floats("active", active)
    if counts.ndim != 3 or 0 in counts.shape:
        raise wrong("active", f"shape {counts.shape}", "shape (policies, seeds, days), none of them 0")
    sizes = counts[:, :, 0] if group is None else as_floats("group", group)
    if sizes.shape not in (counts.shape[:2], counts.shape[1:2]):
        raise wrong("group", f"shape {sizes.shape}", f"shape {counts.shape[1:2]} or {counts.shape[:2]}")
    sizes = np.broadcast_to(sizes, counts.shape[:2])
    if not (np.isfinite(sizes) & (sizes > 0.0)).all():
        raise wrong("group", "an empty one", "at least one customer at every policy and seed")
    if bad := np.argwhere(~((counts >= 0.0) & (counts <= sizes[:, :, None]))).tolist():
        policy, seed, day = bad[0]
        where = f"active: policy {policy}, seed {seed}, day {day}"
        raise wrong(
            where, counts[policy, seed, day], f"a count from 0 to {sizes[policy, seed]:g}, the size of the group"
        )
    return np.asarray(counts / sizes[:, :, None])


def curves(active: Any, group: Any = None, level: float = 0.95) -> Curves:
    """Retention curve of every policy with its bands; at least 2 seeds. Arguments as `shares`.

    Bands are those of a t interval and may leave [0, 1] where seeds are few: a plot cuts them, a test does not.
    """
    return _curves(shares(active, group), level)


def curve_differences(active: Any, group: Any = None, baseline: int = 0, level: float = 0.95) -> Curves:
    """Curve of every other policy less the baseline's, paired by seed; rows in order. Arguments as `shares`."""
    table = shares(active, group)
    check_row("baseline", baseline, len(table))
    return _curves(np.delete(table, baseline, axis=0) - table[baseline], level)


def active_days(active: Any, group: Any = None) -> F64:
    """Mean days active per customer of the group (area under the curve), an outcome of shape (policies, seeds)."""
    return np.asarray(shares(active, group).sum(axis=2))


def _curves(table: F64, level: float) -> Curves:
    """Bands of curves, shape (rows, seeds, days), row by row."""
    check_between("level", level, 0.0, 1.0)
    seeds = table.shape[1]
    outcome(table[0].T if len(table) else np.zeros((1, seeds)), least=2)
    spread = np.where(np.ptp(table, axis=1) > 0.0, table.std(axis=1, ddof=1), 0.0)
    error = spread / np.sqrt(seeds)
    alone = student.quantile(level, seeds - 1)
    joint = [max(joint_quantile(row.T, level, DRAWS), alone) for row in table]
    identical = np.asarray(~table.any(axis=(1, 2)))
    wide = np.array(joint)[:, None] * error if joint else error
    return Curves(table.mean(axis=1), alone * error, wide, identical, level, seeds)
