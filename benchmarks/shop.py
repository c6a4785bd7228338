"""A shop in memory, for figures that no summary holds: opened with its past, and traded on from day 0 as often as asked."""

from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from sim.calendar import make_calendar
from sim.command import explained, understood
from sim.config import Config
from sim.jobs import checked
from sim.measure.summary import mark_index_group, money
from sim.shop.money import ORDER
from sim.visits import CAUSES
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


def opened(config: Config) -> World:
    """The world at day 0, its past traded under no policy."""
    logged = None
    if config.population.from_orders:
        from sim.logged import adopt, read_population

        config, logged = read_population(config)
    population = config.population
    start = config.start or date(2025, 1, 1)
    calendar = make_calendar(population, config.events, start, -population.shop_age_days, config.days + 1)
    world = World(config, Quiet(), calendar)
    if logged is None:
        world.found()
    else:
        world.now = 0.0
        adopt(world, logged)
    world.run(0)
    mark_index_group(world.customers.rows, population.category_gap_days)
    world.books[:] = 0
    world.missed[:] = 0
    return world


def traded(world: World, policy: Any = None, price: float = 0.0, rivals: float = 0.0) -> tuple[World, Any]:
    """A copy of an opened world after its days, and the order rows of the run; twins share all luck.

    Args:
        world: At day 0; left as it is.
        policy: From day 0 on; None is no policy.
        price: Change of the shop's own price from day 0 on, share of it, > -0.95; felt against the price before.
        rivals: Change of all rivals' prices from day 0 on, same unit.
    """
    twin = deepcopy(world)
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
    return twin, np.concatenate(rows) if rows else np.zeros(0, ORDER)


def second_orders(orders: Any, days: float) -> tuple[list[float], int]:
    """Shares of newcomers, first order by `days` - 365, whose second came within 30, 90, 365 days; and how many they are."""
    first, second = orders["order_number"] == 1, orders["order_number"] == 2
    began = dict(zip(orders["shopper"][first].tolist(), orders["time"][first].tolist(), strict=True))
    again = dict(zip(orders["shopper"][second].tolist(), orders["time"][second].tolist(), strict=True))
    gaps = np.array([again.get(who, np.inf) - when for who, when in began.items() if when <= days - 365])
    return [float(np.mean(gaps <= h)) if len(gaps) else float("nan") for h in HORIZONS], len(gaps)


def top_fifth(orders: Any) -> float:
    """Share of list sales of the 20 % of buyers who spent most."""
    _, buyer = np.unique(orders["shopper"], return_inverse=True)
    spent = np.sort(np.bincount(buyer, weights=orders["list_fen"]))[::-1]
    return float(spent[: len(spent) // 5].sum() / spent.sum())


def guard(world: World) -> dict[str, float]:
    """Own share of customers' needs, conversion of prospects (nan without any), share of the largest cause of misses."""
    sums = money(world.books)
    causes = world.missed[1 : len(CAUSES)]
    return {
        "own_share": (sums["orders"] - sums["newcomers"]) / (sums["needs"] - sums["prospects"]),
        "conversion": sums["newcomers"] / sums["prospects"] if sums["prospects"] else float("nan"),
        "largest_cause": float(causes.max() / causes.sum()),
    }


def satisfaction(world: World) -> Any:
    """Satisfaction of all customers who have not left, shape (n,)."""
    people = world.people.rows
    return people["satisfaction"][(world.customers.rows["orders"] > 0) & ~people["away"] & (people["gone"] == 0)]
