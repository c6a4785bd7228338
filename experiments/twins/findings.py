"""What a comparison finds: every figure with its definition, number of seeds and interval. Plain JSON values."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np

from experiments.paired import student
from experiments.paired.best import standings
from experiments.paired.difference import Difference, deviation, differences
from experiments.paired.equivalence import Verdict, equivalence, non_inferiority
from experiments.paired.families import simultaneous
from experiments.paired.wording import sentence
from experiments.twins.gather import Runs
from experiments.twins.words import is_narrow, label
from sim.contract import F64
from sim.measure.definitions import DEFINITIONS

CANNOT = "no figure: the run is too short, or a group or a denominator is empty in some world"
UNTESTED = "shown, never tested: a policy changes the cycles it is measured by"


def outcomes(runs: Runs, baseline: int, level: float) -> dict[str, Any]:
    """Every outcome by name: definition, mean of each arm, paired difference of each to the baseline."""
    return {name: _outcome(runs, name, baseline, level) for name in DEFINITIONS}


def _outcome(runs: Runs, name: str, baseline: int, level: float) -> dict[str, Any]:
    values = runs.values(name)
    about = {key: value for key, value in asdict(DEFINITIONS[name]).items() if value is not None}
    about |= {"seeds": len(runs.seeds)}
    if not np.isfinite(values).all():
        return about | {"arms": None, "reason": CANNOT}
    names = [arm.name for arm in runs.arms]
    told: dict[str, Any] = {arm: {"mean": mean(row, level)} for arm, row in zip(names, values, strict=True)}
    if not DEFINITIONS[name].tested:
        return about | {"arms": told, "reason": UNTESTED}
    together = simultaneous(values, baseline, level) if len(runs.seeds) > 1 and len(names) > 2 else None
    for position, one in enumerate(differences(values, baseline, level)):
        told[names[one.policy]]["difference"] = difference(one) | {
            "all_at_once": None if together is None else ends(together[position])
        }
    return about | {"arms": told}


def mean(values: F64, level: float) -> dict[str, Any]:
    """Mean over seeds with its t interval, shape (seeds,); no interval from one seed."""
    n = len(values)
    width = student.half_width(deviation(values), n, level) if n > 1 else None
    middle = float(values.mean())
    return {
        "mean": middle,
        "low": None if width is None else middle - width,
        "high": None if width is None else middle + width,
        "seeds": n,
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
        "seeds": one.seeds,
        "relative": None if share is None else asdict(share),
        "identical": one.identical,
        "variance_ratio": one.variance_ratio,
        "independent_seeds": one.independent_seeds,
    }


def best(runs: Runs, outcome: str) -> dict[str, Any] | None:
    """Chance of being the best and expected regret of each arm; None from one seed, without figures, or without a side
    that is better.
    """
    values, better = runs.values(outcome), DEFINITIONS[outcome].larger_is_better
    if len(runs.seeds) < 2 or not np.isfinite(values).all() or better is None:
        return None
    found = standings(values, largest_is_better=better)
    return {runs.arms[one.policy].name: {"chance_of_best": one.best, "expected_regret": one.regret} for one in found}


def floors(runs: Runs, baseline: int, margin_floor: float, level: float) -> dict[str, Any] | None:
    """Non-inferiority of each arm in contribution against a margin floor; None from one seed or a baseline at a loss."""
    values = runs.values("contribution")
    if not _can_be_shared_out(values, baseline):
        return None
    judge = partial(non_inferiority, values, baseline=baseline, margin_floor=margin_floor, level=level, p_values=False)
    return _verdicts(runs, baseline, judge)


def alike(runs: Runs, baseline: int, outcome: str, within: float, level: float) -> dict[str, Any] | None:
    """Whether each arm is as good as the baseline, give or take a share of its mean (TOST); None as for `floors`."""
    values = runs.values(outcome)
    if not _can_be_shared_out(values, baseline):
        return None
    judge = partial(equivalence, values, baseline=baseline, margin=within, level=2 * level - 1, p_values=False)
    return _verdicts(runs, baseline, judge)


def _can_be_shared_out(values: F64, baseline: int) -> bool:
    return values.shape[1] > 1 and bool(np.isfinite(values).all()) and float(values[baseline].mean()) > 0


def _verdicts(runs: Runs, baseline: int, judge: Any) -> dict[str, Any]:
    """Verdicts by arm, without their p: seeds are free, so it says nothing."""
    rows = [row for row in range(len(runs.arms)) if row != baseline]
    found: dict[str, Verdict] = {runs.arms[row].name: judge(row) for row in rows}
    return {
        arm: {key: value for key, value in asdict(verdict).items() if key != "p_value"}
        for arm, verdict in found.items()
    }


def sentences(runs: Runs, baseline: int, level: float, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """One plain sentence for each arm and outcome."""
    told: dict[str, dict[str, str]] = {}
    for name in names:
        values, definition = runs.values(name), DEFINITIONS[name]
        if not np.isfinite(values).all():
            continue
        for one in differences(values, baseline, level):
            arm = runs.arms[one.policy].name
            verb, unit = (
                ("has", definition.unit) if definition.larger_is_better is not True else ("brings", definition.unit)
            )
            if definition.unit == "share":
                verb, unit = "has", "percentage points"
            elif is_narrow(None if one.relative is None else asdict(one.relative)):
                unit = "%"
            told.setdefault(arm, {})[name] = sentence(
                one, arm, runs.arms[baseline].name, label(name), verb, unit if unit != name else ""
            )
    return told
