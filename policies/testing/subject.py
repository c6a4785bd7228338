"""What is checked: a policy, what is known of its levers, and one run of it that several checks look at."""

import pickle
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

import numpy as np

from policies.testing.worlds import small, trade
from sim.config import Config
from sim.contract import Receipt, Visit
from sim.world import World

KEPT = 40  # batches that are asked again


class Failed(Exception):
    """A check was not passed; the text says what was seen and what to do."""


class NotChecked(Exception):
    """A check could not be made; the text says what is missing."""


class Watching(World):
    """Keeps what it hands to the policy of the run."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.visits: list[Visit] = []
        self.receipts: list[Receipt] = []

    def greet(self, visits: Any) -> Visit:
        """Who stands at the counter."""
        return self._remember(super().greet(visits), self.visits)

    def receipt(self, orders: Any) -> Receipt:
        """The orders just rung up."""
        return self._remember(super().receipt(orders), self.receipts)

    def _remember(self, handed: Any, kept: list[Any]) -> Any:
        if self.now >= 0 and self.prospects_come and len(handed.orders) > 1:
            kept.append(handed)
        return handed


@dataclass(frozen=True)
class Subject:
    """A policy under check.

    Attributes:
        policy: As loaded, with its levers.
        text: Of its YAML file, whose comments count as documentation; "" if there is none.
    """

    policy: Any
    text: str = ""

    @cached_property
    def config(self) -> Config:
        """A small shop in which everything happens: returns, a price war, imitation, a busy desk with two lines."""
        return small(
            shoppers=150, days=150, population={"shop_age_days": 365}, policy={"name": type(self.policy).__name__},
            service={"agents": {"ordinary": 60.0, "priority": 60.0}, "service_minutes": 40.0},
            market={"price_wars": [{"start": 30, "days": 30, "depth": 0.15}], "imitation_share": 0.6},
        )  # fmt: skip

    @cached_property
    def run(self) -> tuple[Any, Any]:
        """World and orders of a run."""
        return trade(self.config, self.policy, kind=Watching)

    @cached_property
    def batches(self) -> list[Visit | Receipt]:
        """Visits and receipts of that run, of at least two customers each, evenly spread over its days."""
        world = self.run[0]
        return [*spread(world.visits), *spread(world.receipts)]


def spread(kept: list[Any]) -> list[Any]:
    """At most `KEPT` of a list, evenly spread."""
    return [kept[i] for i in np.unique(np.linspace(0, len(kept) - 1, KEPT).astype(int))] if kept else []


def changed(policy: Any, **levers: Any) -> Any:
    """A policy made anew from its levers, some of them changed, and nothing else: no memory survives."""
    if not is_dataclass(policy):
        return pickle.loads(pickle.dumps(policy))
    known = {field.name: _anew(getattr(policy, field.name)) for field in fields(policy) if field.init}
    kind: Any = type(policy)
    return kind(**known | levers)


def zeroed(policy: Any, zero: Any) -> Any:
    """The policy at the levers of `zero`, at which it does nothing."""
    if not isinstance(zero, dict):
        raise Failed(f"ZERO is {zero!r}; allowed: a dict of levers and values")
    try:
        return changed(policy, **zero)
    except Exception as error:
        raise Failed(f"the class refuses its own ZERO {zero}: {' '.join(str(error).split())[:150]}") from None


def _anew(value: Any) -> Any:
    """Policies within a lever (the layers of a stack) are made anew too."""
    if isinstance(value, dict):
        return {name: _anew(one) for name, one in value.items()}
    return changed(value) if is_dataclass(value) and hasattr(value, "offer") else value
