"""Small worlds in memory, run by the engine or by the oracle, and what tells two runs apart."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np

from sim.calendar import Calendar, make_calendar
from sim.config import Config
from sim.house import Quiet
from sim.measure.summary import mark_index_group
from sim.oracle import Oracle
from sim.people.person import PERSON
from sim.shop.money import COLUMN, ORDER
from sim.world import World

SMALL: dict[str, Any] = {"shoppers": 300, "days": 300, "run_off_days": 0}
POPULATION: dict[str, Any] = {"prospect_rate": 4.0, "shop_age_days": 200, "return_rate": 0.15}


def small(**changes: Any) -> Config:
    """A config of a small shop; `population` and other groups are merged over the small defaults."""
    population = POPULATION | changes.pop("population", {})
    return Config(**(SMALL | changes), population=population)


def calendar_of(config: Config) -> Calendar:
    """From the shop's opening to the last day."""
    age, start = config.population.shop_age_days, config.start or date(2025, 1, 1)
    return make_calendar(config.population, config.events, start, -age, config.days + 1)


def trade(
    config: Config, policy: Any, shuffle: int | None = None, shard: int = 0, kind: type[World] = World,
    each_day: Callable[[World, float], None] | None = None, campaigns: Mapping[str, Any] | None = None,
) -> tuple[World, Any]:  # fmt: skip
    """Runs a config; returns the world at its end and all order rows, from the shop's opening on.

    Args:
        config, policy: Of the run; before day 0 no policy is in force.
        shuffle: Seed by which the batches are put in disorder; None leaves them as they are.
        shard: Part of the population that trades.
        kind: `World` or a class derived from it.
        each_day: Called with the world and the day after each day of the run.
        campaigns: By name, from day 0 on.
    """
    rows: list[Any] = []
    world = kind(config, Quiet(), calendar_of(config), rows.append, shard, config.shards)
    if shuffle is not None:
        luck = np.random.default_rng(shuffle)
        world.batch_order = luck.permutation
    world.found()
    world.run(0)
    mark_index_group(world.customers.rows, config.population.category_gap_days)
    world.hand_over(policy)
    world.prospects_come = True
    world.campaign(campaigns or {})
    world.run(config.days, None if each_day is None else lambda day: each_day(world, day))
    return world, np.concatenate(rows) if rows else np.zeros(0, ORDER)


def differing_columns(one: Any, other: Any, leave_out: tuple[str, ...] = ("row",)) -> list[str]:
    """Columns in which two tables of orders differ; `number of orders` if they have not as many rows."""
    if len(one) != len(other):
        return ["number of orders"]
    names = [name for name in one.dtype.names if name not in leave_out]
    return [n for n in names if not np.array_equal(one[n], other[n], equal_nan=one[n].dtype.kind == "f")]


def same_orders(one: Any, other: Any, leave_out: tuple[str, ...] = ("row",)) -> bool:
    """Are two tables of orders equal, column for column?"""
    return not differing_columns(one, other, leave_out)


def told(config: Config, policy: Any, campaigns: Mapping[str, Any] | None = None) -> Oracle:
    """The oracle after its run."""
    oracle = Oracle(config, policy, calendar_of(config), campaigns=campaigns)
    oracle.run()
    return oracle


def callers(world: World) -> dict[int, list[int]]:
    """Chats, after-sales contacts, who gave up, who of them unsaid, seconds of wait: the engine's books by day, days with a caller."""
    table = world.books[:, [COLUMN[name] for name in ("chats", "contacts", "abandoned", "silent", "wait_seconds")]]
    days = range(world.origin, world.config.days)
    return {day: table[day - world.origin].tolist() for day in days if table[day - world.origin].any()}


def differing(world: World, orders: Any, oracle: Oracle) -> list[str]:
    """Columns of the orders and of the customers' minds in which engine and oracle are not equal to the last bit."""
    columns = [name for name in orders.dtype.names if name != "row"]
    found = [n for n in columns if [getattr(o, n) for o in oracle.orders] != orders[n].tolist()]
    if callers(world) != {day: tally for day, tally in oracle.callers.items() if day < oracle.config.days}:
        found.append("callers")
    people = world.people.rows[world.customers.rows["orders"] > 0]
    minds = {shopper.p.key: shopper.p for shopper in oracle.everybody}
    if sorted(minds) != sorted(people["key"].tolist()):
        return [*found, "customers"]
    told_minds = [minds[key] for key in people["key"].tolist()]
    return found + [n for n in PERSON.names or () if [getattr(p, n) for p in told_minds] != people[n].tolist()]


def differing_messages(world: World, oracle: Oracle) -> list[str]:
    """Columns of the messages in which engine and oracle are not equal to the last bit."""
    assert world.post is not None
    messages = world.post.messages.rows
    columns = [name for name in messages.dtype.names or () if name not in ("row", "previous")]
    theirs = {name: [repr(getattr(t, name)) for t in oracle.mail.messages] for name in columns}
    return [f"message {n}" for n in columns if [repr(value) for value in messages[n].tolist()] != theirs[n]]
