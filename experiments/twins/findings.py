"""What a comparison finds: every figure with its definition, number of seeds and interval. Plain JSON values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from experiments.paired import student
from experiments.paired.best import standings
from experiments.paired.difference import Difference, deviation, differences
from experiments.paired.equivalence import non_inferiority
from experiments.paired.families import simultaneous
from experiments.paired.wording import sentence
from experiments.twins.gather import Runs
from sim.contract import F64
from sim.measure.definitions import DEFINITIONS

CANNOT = "no figure: the run is too short, or a group or denominator is empty in some world"


def outcomes(runs: Runs, baseline: int, level: float) -> dict[str, Any]:
    """Every outcome by name: definition, mean of each arm, paired difference of each to the baseline."""
    return {name: _outcome(runs, name, baseline, level) for name in DEFINITIONS}


def _outcome(runs: Runs, name: str, baseline: int, level: float) -> dict[str, Any]:
    values = runs.values(name)
    about = {key: value for key, value in asdict(DEFINITIONS[name]).items() if value is not None}
    if not np.isfinite(values).all():
        return about | {"seeds": len(runs.seeds), "arms": None, "reason": CANNOT}
    names = [arm.name for arm in runs.arms]
    told: dict[str, Any] = {arm: {"mean": mean(row, level)} for arm, row in zip(names, values, strict=True)}
    together = simultaneous(values, baseline, level) if len(runs.seeds) > 1 and len(names) > 2 else None
    for position, one in enumerate(differences(values, baseline, level)):
        told[names[one.policy]]["difference"] = difference(one) | {
            "all_at_once": None if together is None else ends(together[position])
        }
    return about | {"seeds": len(runs.seeds), "arms": told}


def mean(values: F64, level: float) -> dict[str, float | None]:
    """Mean over seeds with its t interval, shape (seeds,); no interval from one seed."""
    n = len(values)
    width = student.half_width(deviation(values), n, level) if n > 1 else None
    middle = float(values.mean())
    return {
        "mean": middle,
        "low": None if width is None else middle - width,
        "high": None if width is None else middle + width,
    }


def ends(one: Difference) -> dict[str, Any]:
    """Interval of a difference, absolute and relative."""
    share = one.relative
    return {"low": one.low, "high": one.high} | {
        "relative": None if share is None else {"low": share.low, "high": share.high}
    }


def difference(one: Difference) -> dict[str, Any]:
    """A paired difference as JSON."""
    share = one.relative
    return {
        "mean": one.mean,
        "low": one.low,
        "high": one.high,
        "relative": None if share is None else asdict(share),
        "identical": one.identical,
        "variance_ratio": one.variance_ratio,
        "independent_seeds": one.independent_seeds,
    }


def best(runs: Runs, outcome: str) -> dict[str, Any] | None:
    """Chance of being the best and expected regret of each arm; None from one seed or without figures."""
    values = runs.values(outcome)
    if len(runs.seeds) < 2 or not np.isfinite(values).all():
        return None
    better = DEFINITIONS[outcome].larger_is_better
    found = standings(values, largest_is_better=better is not False)
    return {runs.arms[one.policy].name: {"chance_of_best": one.best, "expected_regret": one.regret} for one in found}


def floors(runs: Runs, baseline: int, margin_floor: float, level: float) -> dict[str, Any] | None:
    """Non-inferiority of each arm in contribution against a margin floor; None from one seed."""
    values = runs.values("contribution")
    if len(runs.seeds) < 2 or float(values[baseline].mean()) <= 0:
        return None
    rows = [row for row in range(len(runs.arms)) if row != baseline]
    return {runs.arms[row].name: asdict(non_inferiority(values, row, baseline, margin_floor, level=level)) for row in rows}


def sentences(runs: Runs, baseline: int, level: float, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """One plain sentence for each arm and outcome."""
    told: dict[str, dict[str, str]] = {}
    for name in names:
        values = runs.values(name)
        if not np.isfinite(values).all():
            continue
        share = DEFINITIONS[name].unit == "share"
        for one in differences(values, baseline, level):
            verb, unit = ("has", "percentage points") if share else ("brings", "%")
            arm = runs.arms[one.policy].name
            told.setdefault(arm, {})[name] = sentence(
                one, arm, runs.arms[baseline].name, name.replace("_", " "), verb, unit
            )
    return told


def spread(parts: Sequence[Mapping[str, int]], level: float) -> dict[str, dict[str, Any]]:
    """Parts that add up at each seed (bars of a bridge, factors of a lift), fen: mean in yuan with interval, and the sum.

    Args:
        parts: By seed, each with the same names.
        level: Of the intervals.
    """
    return {
        name: mean(np.array([part[name] / 100 for part in parts]), level) | {"sum_fen": sum(part[name] for part in parts)}
        for name in parts[0]
    }
