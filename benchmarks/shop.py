"""A shop in memory, for figures that no summary holds: opened with its past, and traded on from day 0 as often as asked."""

from typing import Any

import numpy as np
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from experiments.facts.live import Shop, Year, opened
from sim.command import explained, understood
from sim.config import Config
from sim.jobs import checked
from sim.world import World

__all__ = ["Shop", "Year", "opened"]
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
