"""Small worlds for tests: a shop, its people and its market, run in memory."""

from datetime import date
from typing import Any

import numpy as np

from sim.calendar import make_calendar
from sim.config import Config
from sim.measure.summary import mark_index_group
from sim.shop.money import ORDER
from sim.world import Quiet, World

SMALL: dict[str, Any] = {"shoppers": 300, "days": 300, "run_off_days": 0}
POPULATION: dict[str, Any] = {"prospect_rate": 4.0, "shop_age_days": 200, "return_rate": 0.15}


def small(**changes: Any) -> Config:
    """A config of a small shop; `population` and other groups are merged over the small defaults."""
    population = POPULATION | changes.pop("population", {})
    return Config(**(SMALL | changes), population=population)


def trade(
    config: Config, policy: Any, shuffle: int | None = None, shard: int = 0
) -> tuple[World, Any]:
    """Runs a config; returns the world at its end and all order rows, from the shop's opening on."""
    rows: list[Any] = []
    origin = -config.population.shop_age_days
    calendar = make_calendar(
        config.population, config.events, config.start or date(2025, 1, 1), origin, config.days + 1
    )
    world = World(config, Quiet(), calendar, rows.append, shard, config.shards)
    if shuffle is not None:
        luck = np.random.default_rng(shuffle)
        world.batch_order = luck.permutation
    world.found()
    world.run(0)
    mark_index_group(world.customers.rows, config.population.category_gap_days)
    world.hand_over(policy)
    world.prospects_come = True
    world.run(config.days)
    return world, np.concatenate(rows) if rows else np.zeros(0, ORDER)


def same_orders(one: Any, other: Any, leave_out: tuple[str, ...] = ("row",)) -> bool:
    """Are two tables of orders equal, column for column?"""
    names = [name for name in one.dtype.names if name not in leave_out]
    return len(one) == len(other) and all(
        np.array_equal(one[n], other[n], equal_nan=one[n].dtype.kind == "f") for n in names
    )
