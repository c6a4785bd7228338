"""A shop in memory, for what no record holds: opened with its past, and traded on from day 0 as often as asked."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from sim.calendar import make_calendar
from sim.config import Config
from sim.house import Quiet
from sim.measure.summary import summarise
from sim.part import closed, open_books
from sim.shop.money import ORDER
from sim.world import World


@dataclass(frozen=True)
class Shop:
    """A shop at day 0: its world, the order rows of its past, and the sums of its books until then."""

    world: World
    past: Any
    history: dict[str, int]

    def trade(self, policy: Any = None, price: float = 0.0, rivals: float = 0.0) -> "Year":
        """The days of the config on a copy of the world; twins share all luck.

        Args:
            policy: From day 0 on; None is no policy.
            price: Change of the shop's own price for goods from day 0 on, share of it, > -0.95; felt against before.
            rivals: Change of all rivals' prices from day 0 on, same unit.
        """
        twin = deepcopy(self.world)
        rows: list[Any] = []
        twin.take_orders = rows.append
        if price:
            sale = twin.calendar.sale.copy()
            sale[-twin.origin :] = -price
            twin.calendar = replace(twin.calendar, sale=sale)
        if rivals:
            twin.rivals.level[-twin.origin :] += np.log1p(rivals)
        if policy is not None:
            twin.hand_over(policy)
        twin.prospects_come = True
        twin.run(twin.config.days)
        return Year(twin, np.concatenate(rows) if rows else np.zeros(0, ORDER), self.history)


@dataclass(frozen=True)
class Year:
    """A shop after its days: world, order rows of the days, sums of the books before them."""

    world: World
    orders: Any
    history: dict[str, int]

    def summary(self) -> dict[str, Any]:
        """The figures of `summary.json`, without run-off; points owed at day 0 are taken for none."""
        return summarise(self.world.config, closed(self.world, self.history, 0))


def opened(config: Config) -> Shop:
    """A shop at day 0, its past traded under no policy."""
    logged = None
    if config.population.from_orders:
        from sim.logged import adopt, read_population

        config, logged = read_population(config)
    age = config.population.shop_age_days
    start = config.start or date(2025, 1, 1)
    rows: list[Any] = []
    calendar = make_calendar(config.population, config.events, start, -age, config.days + 1)
    world = World(config, Quiet(), calendar, rows.append)
    if logged is None:
        world.found()
    else:
        world.now = 0.0
        adopt(world, logged)
    world.run(0)
    world.take_orders = None
    return Shop(world, np.concatenate(rows) if rows else np.zeros(0, ORDER), open_books(world))


def counts(orders: Any) -> Any:
    """Orders of all, of the customers of day 0, of newcomers; shape (3,)."""
    old = int(np.count_nonzero(orders["segment"] > 0))
    return np.array([len(orders), old, len(orders) - old], dtype=float)


def calm(config: Config) -> Config:
    """The config with nobody asking for more: a price on the tag is no favour."""
    population = config.population.model_copy(update={"entitlement": 0.0})
    return config.model_copy(update={"population": population})


def everyday(config: Config, change: float) -> list[Any]:
    """Counts at the price as it is, lower, higher."""
    shop = opened(calm(config))
    return [counts(shop.trade(price=move).orders) for move in (0.0, -change, change)]


def rivals(config: Config, change: float) -> list[Any]:
    """Counts with rivals where they are, dearer, cheaper: own relative price as in `everyday`."""
    shop = opened(config)
    return [counts(shop.trade(rivals=1 / (1 + move) - 1).orders) for move in (0.0, -change, change)]


def discount(config: Config, change: float) -> list[Any]:
    """Counts without and with a standing discount for all; there is no such rise."""
    shop = opened(config)
    return [counts(shop.trade(price=move).orders) for move in (0.0, -change)]


WAYS: dict[str, Callable[[Config, float], list[Any]]] = {"everyday": everyday, "rivals": rivals, "discount": discount}


def elasticity(twins: list[Any], change: float) -> Any:
    """Rows: all, customers of day 0, newcomers; columns: between both twins, of the cut, of the rise. nan where none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        level = [np.log(n) for n in twins]
        cut = (level[1] - level[0]) / np.log1p(-change)
        if len(twins) < 3:
            return np.array([cut, cut, np.full(3, np.nan)]).T
        both = (level[2] - level[1]) / (np.log1p(change) - np.log1p(-change))
        return np.array([both, cut, (level[2] - level[0]) / np.log1p(change)]).T
