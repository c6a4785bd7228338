"""Why one arm earns more than another: the money bridge, the lift split, and what rewards paid for."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.twins.findings import mean
from experiments.twins.gather import Runs
from sim.measure.bridge import ORDER_ACCOUNTS, bridge, contribution
from sim.measure.lift import split
from sim.measure.subsidy import GROUPS

DEFINITIONS = {
    "bridge": "contribution of a run less that of its twin under the baseline, by account, yuan: `volume` is the change in the "
    "number of orders at the baseline's contribution per order, every other account its change per order at the new "
    "number of orders; shop costs (wages, acquisition, ...) are plain differences. Mean over seeds; the bars of every seed, "
    "and `sum_fen` over the seeds, add up to the difference to the fen",
    "lift": "contribution of the order rows less the twin's, within fixed groups (customers of day 0 by their history, "
    "newcomers): Shapley values of people x alive days x needs per alive day (frequency) x visits per need (recall) x "
    "orders per visit (choice against rivals) x contribution per order (value), yuan; with `shop_costs` they add up to the "
    "difference to the fen",
    "groups": "two ways to part all customers. By segment: newcomers (won since day 0), index (of day 0, with an order in the year "
    "before it), dormant (of day 0, without one). By how much they buy: newcomers, light, medium and heavy buyers by the orders of "
    "the year before day 0",
    "rewards.orders": "an order is told from its twin by customer and number of the need. subsidised: reward money (discount, "
    "gift, postage forgone, expected cost of points) on orders that the baseline's world has too; winning: on the others. "
    "incremental: spend of orders that are here only; displaced: of those that are in the baseline's world only. Yuan. "
    "Whole paths are compared, not single decisions",
    "rewards.customers": "customers known at day 0 whose contribution (value, before shop costs) or spend is more, equal, less "
    "than in the baseline's world, and the totals of the changes, yuan",
    "rewards.deciles": "customers known at day 0 ranked by their change in contribution, tenth by tenth, the heaviest losses "
    "first: mean of the totals over seeds, yuan",
}


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
    """The difference in contribution by group and factor, and shop costs; in `sum_fen` it adds up to the fen."""
    told = {}
    for row, arm in _others(runs, baseline):
        pairs = [(runs.part(baseline, seed, "groups"), runs.part(row, seed, "groups")) for seed in runs.seeds]
        parts = [split(before, after) for before, after in pairs]
        costs = [_shop_costs(runs.part(row, seed, "accounts")) - _shop_costs(runs.part(baseline, seed, "accounts"))
                 for seed in runs.seeds]  # fmt: skip
        told[arm] = {
            "groups": {group: spread([part[group] for part in parts], level) for group in parts[0]},
            **spread([{"shop_costs": cost} for cost in costs], level),
        }
    return told


def _shop_costs(accounts: Mapping[str, int]) -> int:
    """What a shop pays beyond its orders, fen, as it enters the contribution."""
    return sum(fen for name, fen in accounts.items() if name != "orders" and name not in ORDER_ACCOUNTS)


def spread(parts: Sequence[Mapping[str, int]], level: float) -> dict[str, dict[str, Any]]:
    """Parts that add up at each seed (bars of a bridge, factors of a lift), fen: mean in yuan with interval, and the sum.

    Args:
        parts: By seed, each with the same names.
        level: Of the intervals.
    """
    return {
        name: mean(np.array([part[name] / 100 for part in parts]), level)
        | {"sum_fen": sum(part[name] for part in parts)}
        for name in parts[0]
    }


def rewards(
    runs: Runs, baseline: int, found: Mapping[tuple[int, int], Mapping[str, Any]], level: float
) -> dict[str, Any]:
    """What rewards paid for, and who wins and who loses, by arm; None for an arm whose worlds are no twins of the baseline's."""
    told: dict[str, Any] = {}
    for row, arm in _others(runs, baseline):
        mine = [found[row, seed] for seed in runs.seeds if (row, seed) in found]
        told[arm] = _rewards(mine, level) if len(mine) == len(runs.seeds) else None
    return told


def _rewards(mine: Sequence[Mapping[str, Any]], level: float) -> dict[str, Any]:
    known = [group for group in GROUPS if group != "newcomers"]
    tenths = range(min(len(one["deciles"]) for one in mine))
    return {
        "orders": {
            group: figures([one["orders"][group] for one in mine], level)
            | {"subsidised_share": _share([one["orders"][group] for one in mine], level)}
            for group in GROUPS
        },
        "customers": {group: figures([one["customers"][group] for one in mine], level) for group in known},
        "deciles": [figures([_totals(one["deciles"][k]) for one in mine], level) | {"decile": k + 1} for k in tenths],
    }


def figures(rows: Sequence[Mapping[str, int]], level: float) -> dict[str, Any]:
    """Mean with interval of every column, shape (seeds,) each; fen become yuan, and their names say so no more."""
    return {
        name.removesuffix("_fen"): mean(
            np.array([row[name] for row in rows]) / (100 if name.endswith("_fen") else 1), level
        )
        for name in rows[0]
    }


def _totals(row: Mapping[str, int]) -> dict[str, int]:
    return {name: row[name] for name in ("people", "value_fen", "spend_fen")}


def _share(rows: Sequence[Mapping[str, int]], level: float) -> dict[str, Any] | None:
    """Share of the reward money that went to orders which would have come anyway; None where some seed has no rewards."""
    money = [(row["subsidised_fen"], row["subsidised_fen"] + row["winning_fen"]) for row in rows]
    return mean(np.array([part / all_ for part, all_ in money]), level) if all(all_ for _, all_ in money) else None


def _others(runs: Runs, baseline: int) -> list[tuple[int, str]]:
    return [(row, arm.name) for row, arm in enumerate(runs.arms) if row != baseline]
