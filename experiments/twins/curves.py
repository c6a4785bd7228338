"""Figures by day and by order number, with bands over seeds; what the pictures of a comparison show."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.twins.findings import mean
from experiments.twins.gather import Runs
from sim.contract import F64

STEP_DAYS = 7  # of the curves; a band on every day would take seven times as long and look the same
PERIOD_DAYS = 30
FEWEST_ORDERS = 20  # that every seed needs of an order number for it to be shown
RETENTION_DAYS = 90

DEFINITIONS = {
    "retention": "share of the index group with an order in the last 90 days, by day",
    "survival": "share of the index group not yet silent for two of their own cycles, as they were before day 0, by day; who comes "
    "back stays lapsed",
    "contribution_by_period": "contribution after wages and advertising of whole 30-day periods less the baseline's, yuan",
    "order_ladder": "by the customer's order number: reward money as a share of list value, and contribution per order, yuan",
    "retention_margin": "retention at 180 days and margin rate less the baseline's, one value per seed, and the ellipse of their "
    "means (Hotelling's T squared)",
}


def curves(runs: Runs, baseline: int, level: float) -> dict[str, Any]:
    """All of it by name; None for what the runs are too short, or a group too small, to show."""
    return {
        "retention": by_day(runs, baseline, "retention", RETENTION_DAYS, level),
        "survival": by_day(runs, baseline, "survival", 0, level),
        "contribution_by_period": by_period(runs, baseline, level),
        "order_ladder": ladders(runs, level),
        "retention_margin": plane(runs, baseline, level),
    }


def table_of(runs: Runs, name: str) -> F64 | None:
    """A measure by day, shape (arms, seeds, days), for as long as the shortest run; None if one has none."""
    told = [[runs.part(row, seed, name) for seed in runs.seeds] for row in range(len(runs.arms))]
    if any(curve is None for row in told for curve in row):
        return None
    days = min(len(curve) for row in told for curve in row)
    return np.array([[curve[:days] for curve in row] for row in told], dtype=float)


def by_day(runs: Runs, baseline: int, name: str, first: int, level: float) -> dict[str, Any] | None:
    """A share by day, every seventh day and the last: each arm, and each less the baseline, with bands for all days at once."""
    from experiments.paired import survival as paired

    table = table_of(runs, name)
    if table is None or table.shape[2] <= first + 1:
        return None
    days = np.append(np.arange(first, table.shape[2] - 1, STEP_DAYS), table.shape[2] - 1)
    table, ones, names = table[:, :, days], np.ones(len(runs.seeds)), [arm.name for arm in runs.arms]
    others = [arm for row, arm in enumerate(names) if row != baseline]
    less = np.delete(table, baseline, axis=0) - table[baseline]
    bands: tuple[F64 | None, F64 | None] = (None, None)
    if len(runs.seeds) > 1:
        each, minus = (paired.curves(table, ones, level), paired.curve_differences(table, ones, baseline, level))
        bands = (each.simultaneous, minus.simultaneous)
    return {
        "unit": "share",
        "days": days.tolist(),
        "seeds": len(runs.seeds),
        "arms": _with_bands(names, table.mean(axis=1), bands[0]),
        "difference": _with_bands(others, less.mean(axis=1), bands[1]),
    }


def _with_bands(names: Sequence[str], middle: F64, band: F64 | None) -> dict[str, Any]:
    return {
        name: {"mean": middle[row].tolist(), "half_width_all_days": None if band is None else band[row].tolist()}
        for row, name in enumerate(names)
    }


def by_period(runs: Runs, baseline: int, level: float) -> dict[str, Any] | None:
    """Contribution by whole periods less the baseline's, paired by seed; None for runs under one period."""
    table = table_of(runs, "contribution_by_day")
    periods = 0 if table is None else table.shape[2] // PERIOD_DAYS
    if table is None or not periods:
        return None
    cut = table[:, :, : periods * PERIOD_DAYS] / 100
    whole = cut.reshape(*cut.shape[:2], periods, PERIOD_DAYS).sum(axis=3)
    return {
        "unit": "yuan",
        "days": [k * PERIOD_DAYS + PERIOD_DAYS // 2 for k in range(periods)],
        "difference": {
            arm.name: [mean(whole[row, :, k] - whole[baseline, :, k], level) for k in range(periods)]
            for row, arm in enumerate(runs.arms)
            if row != baseline
        },
    }


def ladders(runs: Runs, level: float) -> dict[str, Any]:
    """Cost and contribution by order number, for the numbers that every seed has enough orders of."""
    return {arm.name: _ladder(runs, row, level) for row, arm in enumerate(runs.arms)}


def _ladder(runs: Runs, row: int, level: float) -> list[dict[str, Any]]:
    by_number: dict[int, list[dict[str, int]]] = {}
    for seed in runs.seeds:
        for step in runs.part(row, seed, "ladder"):
            if step["orders"] >= FEWEST_ORDERS and step["list_fen"] > 0:
                by_number.setdefault(step["number"], []).append(step)
    return [
        {
            "number": number,
            "orders": sum(step["orders"] for step in steps),
            "reward_share": mean(np.array([step["reward_fen"] / step["list_fen"] for step in steps]), level),
            "contribution": mean(np.array([step["contribution_fen"] / step["orders"] / 100 for step in steps]), level),
        }
        for number, steps in sorted(by_number.items())
        if len(steps) == len(runs.seeds)
    ]


def plane(runs: Runs, baseline: int, level: float) -> dict[str, Any] | None:
    """Retention against margin rate, differences to the baseline, with the ellipse of the means from 4 seeds on."""
    x, y = runs.values("retention_180"), runs.values("margin_rate")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    return {
        arm.name: _point(x[row] - x[baseline], y[row] - y[baseline], level)
        for row, arm in enumerate(runs.arms)
        if row != baseline
    }


def _point(dx: F64, dy: F64, level: float) -> dict[str, Any]:
    from scipy.special import fdtri

    told: dict[str, Any] = {"retention_180": dx.tolist(), "margin_rate": dy.tolist(), "ellipse": None}
    seeds = len(dx)
    if seeds < 4 or not np.ptp(dx) + np.ptp(dy) > 0:
        return told
    sizes, axes = np.linalg.eigh(np.cov(dx, dy) / seeds)
    reach = 2 * (seeds - 1) / (seeds - 2) * float(fdtri(2, seeds - 2, level))
    wide, high = (2 * np.sqrt(np.maximum(sizes, 0) * reach)).tolist()
    angle = float(np.degrees(np.arctan2(axes[1, 0], axes[0, 0])))
    return told | {"ellipse": {"width": wide, "height": high, "angle_degrees": angle}}
