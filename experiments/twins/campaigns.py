"""What campaigns did in each arm: the shop's estimate by its holdout, and the truth from the twin without the campaign."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from experiments.sweep import Machine, sweep
from experiments.twins.arms import NOT_FACTORS, Arm
from experiments.twins.findings import mean
from experiments.twins.gather import Runs
from sim.errors import RegularsError

Figures = dict[str, Any]
DEFINITIONS = {
    "campaigns": "share of customers with an order within so many days of a campaign's first message to them (a wave: of each of its "
    "messages), or contribution of the 90 days after it: stimulated, of those written to; natural, of the same customers in the twin "
    "without the campaign; true, stimulated less natural; shop, stimulated less those held out; t interval over seeds",
}
CELLS = ("stimulated", "natural", "true", "shop")


def campaigns(runs: Runs, machine: Machine, level: float) -> Figures:
    """By arm and campaign, where another arm is the same world without that campaign.

    Returns:
        `twin`, its name; `response` by days, `contribution_90`, and the same by `waves`, `segments` and `means`
        (`sim.measure.true_effect.true_effects`): each of `CELLS` and `shop_less_true` as mean and interval over seeds, None
        where a seed has nobody.
    """
    pairs = _pairs(runs.arms)
    cells = [(pair, seed) for pair in pairs for seed in runs.seeds]
    asked = [
        {"folder": runs.told[row, seed]["folder"], "twin": runs.told[twin, seed]["folder"], "campaign": name}
        for (row, twin, name), seed in cells
    ]
    told: dict[tuple[int, int, str], list[Figures]] = {pair: [] for pair in pairs}
    for (pair, _), outcome in zip(cells, sweep(asked, held_against_twin, machine), strict=True):
        if outcome.error is not None:
            raise RegularsError(outcome.error)
        told[pair].append(outcome.answer)
    found: Figures = {}
    for (row, twin, name), by_seed in told.items():
        over = _over_seeds(by_seed, partial(mean, level=level))
        found.setdefault(runs.arms[row].name, {})[name] = {"twin": runs.arms[twin].name} | over
    return found


def _pairs(arms: tuple[Arm, ...]) -> list[tuple[int, int, str]]:
    """(row, row of its twin, campaign): two arms that differ in that campaign alone."""
    rows = {_world(arm, None): row for row, arm in enumerate(arms)}
    return [
        (row, rows[rest], name)
        for row, arm in enumerate(arms)
        for name in sorted(arm.config.get("campaign") or {})
        if (rest := _world(arm, name)) in rows
    ]


def _world(arm: Arm, left_out: str | None) -> str:
    """All that makes an arm's world, without one campaign."""
    config = {key: value for key, value in arm.config.items() if key not in NOT_FACTORS}
    kept = {name: node for name, node in (config.get("campaign") or {}).items() if name != left_out}
    return json.dumps(config | {"campaign": kept}, sort_keys=True, default=str)


def held_against_twin(asked: Mapping[str, Any]) -> Figures:
    """`sim.measure.true_effect.true_effects` of two folders; done in a worker."""
    from sim.measure.true_effect import true_effects

    return true_effects(asked["folder"], asked["twin"], asked["campaign"])


def _over_seeds(by_seed: list[Figures], mean_of: Any) -> Figures:
    """The same tree with means over seeds in its cells; a wave or segment that a seed lacks is None there."""
    if "true" in by_seed[0]:
        return _cell(by_seed, mean_of)
    names = dict.fromkeys(name for one in by_seed for name in one)
    return {
        name: _over_seeds(found, mean_of)
        if len(found := [one[name] for one in by_seed if name in one]) == len(by_seed)
        else None
        for name in names
    }


def _cell(by_seed: list[Figures], mean_of: Any) -> Figures:
    told: Figures = {"customers": float(np.mean([one["customers"] for one in by_seed]))}
    columns = {name: [one[name] for one in by_seed] for name in CELLS}
    gaps = [None if a is None or b is None else a - b for a, b in zip(columns["shop"], columns["true"], strict=True)]
    for name, values in {**columns, "shop_less_true": gaps}.items():
        told[name] = None if None in values else mean_of(np.array(values, float))
    return told
