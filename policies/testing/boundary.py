"""Checks of the information boundary: what a policy imports, and whether anything latent reaches its answers."""

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from policies.testing.subject import Failed, Subject
from policies.testing.worlds import differing_columns, trade
from sim.contract import Customers, Membership, Offer, PointsProgramme, Receipt, Settlement, ShopView, Visit
from sim.keys import sources_of
from sim.loading import parts_of
from sim.people.person import PERSON
from sim.visits import VISIT
from sim.world import World

ALLOWED = {"numpy", "pydantic", *sys.stdlib_module_names}
KNOWN = {"key", "orders", "entry"}  # of a person's columns, those that stand in the customer file too
AT_THE_COUNTER = {
    "row", "key", "time", "basket", "basket_class", "goods_cost", "post_fee", "asked", "chatted", "wait",
}  # fmt: skip
LATENT = [name for name in PERSON.names or () if name not in KNOWN]
UNSEEN = [name for name in VISIT.names or () if name not in AT_THE_COUNTER]


def imports(subject: Subject) -> None:
    """The module and those it takes from its own folder import `sim.contract`, NumPy and the standard library only."""
    for part in (subject.policy, *parts_of(subject.policy)):
        sources = sources_of(type(part).__module__)
        for path in sources.values():
            for name, line in imported(path):
                ours = any(module == name or module.startswith(f"{name}.") for module in sources)
                if name.partition(".")[0] not in ALLOWED and name != "sim.contract" and not ours:
                    raise Failed(
                        f"{path.name}, line {line} imports {name}; a policy may import sim.contract, numpy, pydantic, "
                        "the standard library and files of its own folder"
                    )


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Modules that a file imports, those inside functions too, with the line; relative ones are its own folder's."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            if node.module == "sim":
                yield from ((f"sim.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module, node.lineno


def latent(subject: Subject) -> None:
    """Whenever the policy is asked, each latent column stands in another order: not an order differs."""
    plain = subject.run[1]
    _, shuffled = trade(subject.config, subject.policy, kind=Shuffled)
    if found := differing_columns(plain, shuffled, ()):
        raise Failed(
            f"with what shoppers think and feel in another order the orders differ ({', '.join(found[:3])}); read only "
            "the columns of Visit, Receipt and Customers, never frames or the world"
        )


class Shuffled(World):
    """A world whose minds are in disorder while the policy of the run thinks."""

    def hand_over(self, policy: Any) -> None:
        """The policy, behind a veil."""
        super().hand_over(policy)
        self.policy = Veiled(self, policy)


class Veiled:
    """A policy that is asked while every latent column stands in another order."""

    def __init__(self, world: World, policy: Any) -> None:
        self.world, self.inner = world, policy
        self.luck = np.random.default_rng(5)
        self.orders: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> None:
        visits = self.world._visits
        people = self.world.people.rows
        for table, names in ((people, LATENT), (visits, UNSEEN)):
            for name in names:
                order = self.luck.permutation(len(table))
                table[name] = table[name][order]
                self.orders.append((table, name, order))

    def __exit__(self, *_: object) -> None:
        for table, name, order in self.orders:
            table[name][order] = table[name].copy()
        self.orders = []

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """For a moment, the minds in order."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()

    def shop(self, shop: Any) -> Any:
        """What the policy's process sees."""
        return VeiledShop(self, shop)

    @property
    def points_programme(self) -> PointsProgramme | None:
        """The policy's."""
        return getattr(self.inner, "points_programme", None)

    @property
    def membership(self) -> Any:
        """The policy's method, behind the veil; None if it has none."""
        inner = getattr(self.inner, "membership", None)
        return None if inner is None else self._membership

    def _membership(self, visit: Visit) -> Membership:
        with self:
            return self.inner.membership(visit)

    def offer(self, visit: Visit) -> Offer:
        """The policy's."""
        with self:
            return self.inner.offer(visit)

    def settle(self, receipt: Receipt) -> Settlement:
        """The policy's."""
        with self:
            return self.inner.settle(receipt)

    def processes(self, shop: ShopView) -> Iterator[float]:
        """The policy's; what it orders from the shop is done with the minds in order."""
        if not hasattr(self.inner, "processes"):
            return
        process = iter(self.inner.processes(self.shop(shop)))
        while True:
            with self:
                wait = next(process, None)
            if wait is None:
                return
            yield wait


class VeiledShop:
    """The shop as a policy's process sees it; assigning lifts the veil for a moment."""

    def __init__(self, veil: Veiled, shop: ShopView) -> None:
        self.veil, self.shop = veil, shop

    @property
    def day(self) -> float:
        """Days since the start of the run."""
        return self.shop.day

    def customers(self) -> Customers:
        """The customer file."""
        return self.shop.customers()

    def assign(self, settlement: Settlement) -> None:
        """Books tiers for all."""
        with self.veil.lifted():
            self.shop.assign(settlement)
