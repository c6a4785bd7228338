"""Why one arm earns more than another: the money bridge, the lift split, and what rewards paid for."""

from collections.abc import Mapping
from typing import Any

from experiments.twins.findings import spread
from experiments.twins.gather import Runs
from sim.measure.bridge import bridge, contribution
from sim.measure.lift import split
from sim.measure.subsidy import GROUPS


def bridges(runs: Runs, baseline: int, level: float) -> dict[str, Any]:
    """Bars from the baseline's contribution to each arm's; at each seed, and in `sum_fen`, they add up to the fen."""
    told = {}
    for row, arm in _others(runs, baseline):
        pairs = [(runs.part(baseline, seed, "accounts"), runs.part(row, seed, "accounts")) for seed in runs.seeds]
        bars = [bridge(before, after) for before, after in pairs]
        whole = sum(contribution(after) - contribution(before) for before, after in pairs)
        told[arm] = {"bars": spread(bars, level), "difference_sum_fen": whole}
    return told


def lifts(runs: Runs, baseline: int, level: float) -> dict[str, Any]:
    """The difference in contribution of the order rows by group and factor; in `sum_fen` it adds up to the fen."""
    told = {}
    for row, arm in _others(runs, baseline):
        parts = [split(runs.part(baseline, seed, "groups"), runs.part(row, seed, "groups")) for seed in runs.seeds]
        told[arm] = {group: spread([part[group] for part in parts], level) for group in parts[0]}
    return told


def rewards(runs: Runs, baseline: int, found: Mapping[tuple[int, int], Mapping[str, Any]]) -> dict[str, Any]:
    """What rewards paid for, and who wins and who loses, summed over seeds; shares beside the sums."""
    told = {}
    for row, arm in _others(runs, baseline):
        mine = [found[row, seed] for seed in runs.seeds]
        told[arm] = {
            "orders": {group: _shares(_sum([one["orders"][group] for one in mine])) for group in GROUPS},
            "customers": {
                group: _sum([one["customers"][group] for one in mine]) for group in GROUPS if group != "newcomers"
            },
            "deciles": [
                _sum([one["deciles"][k] for one in mine], ("decile", "least_fen", "most_fen")) | {"decile": k + 1}
                for k in range(min(len(one["deciles"]) for one in mine))
            ],
        }
    return told


def _shares(sums: dict[str, int]) -> dict[str, Any]:
    """Share of the reward money that went to orders which would have come anyway."""
    reward = sums["subsidised_fen"] + sums["winning_fen"]
    return sums | {"subsidised_share": sums["subsidised_fen"] / reward if reward else None}


def _sum(rows: list[Mapping[str, int]], leave_out: tuple[str, ...] = ()) -> dict[str, Any]:
    return {name: sum(row[name] for row in rows) for name in rows[0] if name not in leave_out}


def _others(runs: Runs, baseline: int) -> list[tuple[int, str]]:
    return [(row, arm.name) for row, arm in enumerate(runs.arms) if row != baseline]
