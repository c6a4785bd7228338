"""A shop in memory, for figures that no summary holds: opened with its past, and traded on from day 0 as often as asked."""

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from sim.calendar import make_calendar
from sim.command import explained, understood
from sim.config import Config
from sim.jobs import checked
from sim.measure.summary import summarise
from sim.part import closed, open_books
from sim.shop.money import ORDER
from sim.world import Quiet, World

HORIZONS = (30, 90, 365)  # days from the first order to the second


def settings(*overrides: str) -> Config:
    """The config that `python -m sim` would run with these overrides, without files and run-off.

    Raises:
        RegularsError: An override is not as it should be; one line.
    """
    try:
        with initialize_config_module("conf", version_base="1.3"):
            composed = compose("config", overrides=understood(["record=summary", "run_off_days=0", *overrides]))
    except Exception as error:
        told = explained(error, overrides)
        if told is None:
            raise
        raise told from None
    return checked(OmegaConf.to_container(composed, resolve=True, throw_on_missing=True))


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


def gaps_after(orders: Any, number: int, latest: float) -> Any:
    """Days from order `number` of each buyer, placed by day `latest`, to the next; inf where none came. Shape (n,)."""
    this, next_ = orders["order_number"] == number, orders["order_number"] == number + 1
    again = dict(zip(orders["shopper"][next_].tolist(), orders["time"][next_].tolist(), strict=True))
    placed = zip(orders["shopper"][this].tolist(), orders["time"][this].tolist(), strict=True)
    return np.array([again.get(who, np.inf) - when for who, when in placed if when <= latest])


def second_orders(orders: Any, latest: float) -> list[float]:
    """Shares whose second order came within each of HORIZONS, of those who first ordered by day `latest`."""
    gaps = gaps_after(orders, 1, latest)
    return [float(np.mean(gaps <= horizon)) for horizon in HORIZONS]


def top_fifth(orders: Any) -> float:
    """Share of list sales of the 20 % of buyers who spent most."""
    _, buyer = np.unique(orders["shopper"], return_inverse=True)
    spent = np.sort(np.bincount(buyer, weights=orders["list_fen"]))[::-1]
    return float(spent[: len(spent) // 5].sum() / spent.sum())


def satisfaction(world: World) -> Any:
    """Satisfaction of all customers who have not left, shape (n,)."""
    people = world.people.rows
    return people["satisfaction"][(world.customers.rows["orders"] > 0) & ~people["away"] & (people["gone"] == 0)]
