"""What only some comparisons have: factors of a sweep, Cox on disjoint seeds, one customer in several worlds."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from experiments.paired.factors import effects
from experiments.twins.curves import table_of
from experiments.twins.customers import IN_RUNS
from experiments.twins.gather import Runs


def factors(runs: Runs, baseline: int, outcome: str, level: float) -> dict[str, Any] | None:
    """Effects of two or more swept factors on an outcome, the others held fixed; None where there are fewer."""
    names = list(dict.fromkeys(key for arm in runs.arms for key in arm.factors if key != "budget_scale"))
    levels = {name: [_plain(arm.factors.get(name)) for arm in runs.arms] for name in names}
    varying = {name: steps for name, steps in levels.items() if len(set(steps)) > 1}
    values = runs.values(outcome)
    enough = len(runs.arms) > sum(len(set(steps)) - 1 for steps in varying.values())
    if len(varying) < 2 or not enough or len(runs.seeds) < 2 or not np.isfinite(values).all():
        return None
    fit = effects(values, varying, baseline, level=level)
    return {"outcome": outcome, "explained": fit.explained, "effects": [asdict(effect) for effect in fit.effects]}


def _plain(value: Any) -> str:
    return str(value)


def disjoint(runs: Runs, baseline: int, level: float) -> dict[str, Any]:
    """Log-rank and Cox of each arm against the baseline, on seeds of their own, so that the arms are independent.

    Customers of one seed still share its desk and its market, which these tests cannot know: with few seeds they are too
    sure of themselves. The bands over seeds are not.
    """
    from experiments.arms.survival import cox, fit_cox, grouped, logrank

    arms, seeds, table = len(runs.arms), len(runs.seeds), table_of(runs, "survival")
    if table is None:
        return {"reason": "no customer had an order in the year before day 0, in some world"}
    if seeds < arms:
        return {"reason": f"{arms} arms need {arms} seeds or more, one at least for each; there are {seeds}"}
    time, place, event, n = [], [], [], []
    for row in range(arms):
        for column in range(row, seeds, arms):
            size = runs.part(row, runs.seeds[column], "index_customers")
            left = np.rint(table[row, column] * size).astype(np.int64)
            lapsed = np.concatenate([[size - left[0]], -np.diff(left)])[1:]  # those lapsed at day 0 are not at risk
            days = np.flatnonzero(lapsed) + 1
            time += [*days.tolist(), table.shape[2] - 1]
            place += [row] * (len(days) + 1)
            event += [1] * len(days) + [0]
            n += [*lapsed[days - 1].tolist(), int(left[-1])]
    counts = grouped(np.array(time, float), np.array(place), np.array(event, float), np.array(n), arms)
    fit = fit_cox(counts, baseline)
    return {
        runs.arms[row].name: {
            "logrank": asdict(logrank(counts, row, baseline)),
            "cox": asdict(cox(counts, fit, row, baseline, 1 - level)),
        }
        for row in range(arms)
        if row != baseline
    }


def lives(runs: Runs, shopper: int | None) -> Mapping[str, Any] | None:
    """One customer's life in every arm, first seed; where there is no order in it, `others` whose life is fuller."""
    if shopper is None:
        return None
    from sim.errors import RegularsError
    from sim.measure.life import life

    seed = runs.seeds[0]
    told = {arm.name: life(runs.told[row, seed]["folder"], shopper) for row, arm in enumerate(runs.arms)}
    if all(one is None for one in told.values()):
        raise RegularsError(f"shopper: {shopper} was given, who is in no world of seed {seed}; allowed: {IN_RUNS}")
    found = {"shopper": shopper, "seed": seed, "lives": told}
    if not any(one and one["orders"] for one in told.values()):
        found["others"] = _buyers(runs.told[0, seed]["folder"])
    return found


def _buyers(folder: str) -> list[int]:
    """Three customers with the most orders."""
    from sim.measure.records import opened

    with opened(folder) as run:
        rows = run.rows("SELECT shopper FROM orders GROUP BY shopper ORDER BY count(*) DESC, shopper LIMIT 3")
    return [int(row["shopper"]) for row in rows]
