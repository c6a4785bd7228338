"""Past tests played again in twin worlds that share all luck: with a price cut, or with a mailing, and without."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from experiments.calibration.evidence import Evidence
from sim.config import Config, Messages
from sim.contract import CampaignView, Touch
from sim.orders.log import I64
from sim.population import Population
from sim.world import World

_SHOPPERS, _MAILED, _SEEDS = 2_500, 20_000, 2


@dataclass(frozen=True)
class Mailing:
    """So many messages without a coupon to the same customers, spread evenly over the days of a test; nobody is held out."""

    customers: tuple[int, ...]
    messages: int
    days: int
    channel: str
    holdout: float = 0.0
    budget: float | None = None

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """At midnights; of several that fall on one day only the first is sent."""
        begun = shop.day
        for sent in sorted({round(self.days * k / self.messages) for k in range(self.messages)}):
            if begun + sent > shop.day:
                yield float(begun + sent - shop.day)
            shop.send(Touch(np.array(self.customers, np.int64), "mailing", self.channel, "offer"))


def played(test: Evidence, keys: dict[str, Any]) -> float:
    """Lift of a price cut in twin worlds: orders of the customers of day 0 with it over those without, less 1."""
    counts = np.sum([_with_cuts(test, founded(test, keys, seed, _SHOPPERS)) for seed in range(_SEEDS)], axis=0)
    return float(test.reach * (counts[1] / max(counts[0], 1) - 1))


def founded(test: Evidence, keys: dict[str, Any], seed: int, shoppers: int) -> World:
    """A world on the first day of a test. Nobody asks for more: the price is on the tag."""
    from sim.calendar import make_calendar
    from sim.house import Quiet
    from sim.part import open_books

    people = Population(**keys | {"entitlement": 0.0, "prospect_rate": 0.0})
    config = Config(population=people, shoppers=shoppers, days=test.days, seed=seed, start=test.start)
    calendar = make_calendar(people, config.events, test.start, -people.shop_age_days, config.days + 1)
    world = World(config, Quiet(), calendar, lambda rows: None)
    world.found()
    world.run(0)
    world.take_orders = None
    open_books(world)  # from here on the customers of day 0 are told from newcomers
    return world


def _with_cuts(test: Evidence, world: World) -> list[int]:
    """Orders without and with the cut."""
    found = []
    for cut in (0.0, test.cut):
        twin = deepcopy(world)
        sale = twin.calendar.sale.copy()
        sale[-twin.origin :] = np.maximum(sale[-twin.origin :], cut)
        twin.calendar = replace(twin.calendar, sale=sale)
        found.append(len(_orders(twin)))
    return found


def _orders(world: World) -> I64:
    """Runs a twin to its end; customer numbers of the orders of customers of day 0, one for each order."""
    rows: list[Any] = []
    world.take_orders = rows.append
    world.run(world.config.days)
    if not rows:
        return np.zeros(0, np.int64)
    every = np.concatenate(rows)
    return np.asarray(every["shopper"][every["segment"] > 0])


class Mailed:
    """A mailing in worlds that are founded once, whatever the response asked for."""

    def __init__(self, test: Evidence, keys: dict[str, Any]) -> None:
        self.test = test
        self.worlds = [founded(test, keys, seed, _MAILED) for seed in range(_SEEDS)]
        self.groups = [_group(world, test.recency) for world in self.worlds]
        self.without = [
            np.isin(_orders(deepcopy(one)), who).sum() for one, who in zip(self.worlds, self.groups, strict=True)
        ]

    def lift(self, messages: Messages) -> float:
        """Orders of those written to over those of their twins less 1, or per customer less theirs, as the test has it."""
        orders = sum(self._orders(world, who, messages) for world, who in zip(self.worlds, self.groups, strict=True))
        base = int(np.sum(self.without))
        if self.test.unit == "relative":
            return float(orders / max(base, 1) - 1)
        return float((orders - base) / max(sum(len(who) for who in self.groups), 1))

    def _orders(self, world: World, who: I64, messages: Messages) -> int:
        twin = deepcopy(world)
        twin.config = twin.config.model_copy(update={"messages": messages})
        twin.campaign({"mailing": Mailing(tuple(who.tolist()), self.test.messages, self.test.days, self.test.channel)})
        return int(np.isin(_orders(twin), who).sum())


def _group(world: World, recency: float) -> I64:
    """Numbers of the customers who ordered in so many days before day 0."""
    known = world.customers.rows
    return np.asarray(known["key"][(known["orders"] > 0) & (known["last_order"] >= -recency)])


def responding(nudge: float, tests: list[Evidence], name: str = "general") -> Messages:
    """The messages of a shop with this nudge; the share opened is that of the tests where they tell it, by channel."""
    told: dict[str, Any] = {}
    for channel in ("email", "sms", "call", "insert"):
        opened = [test.opened for test in tests if test.channel == channel and test.opened is not None]
        if opened:
            usual = getattr(Messages(), channel)
            told[channel] = usual.model_copy(update={"open": round(float(np.mean(opened)), 4)})
    return Messages(name=name, nudge=min(round(nudge, 5), 1.0), **told)
