"""The information boundary: a policy sees what the shop knows, and by no path of attributes anything else."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from policies.none import NoPolicy
from sim import world as module
from sim.contract import Offer, Settlement
from sim.shop.customers import read_file
from sim.visits import VISIT
from sim.world import World
from tests.test_world import POLICIES
from tests.walk import LATENT, leaks
from tests.worlds import same_orders, small, trade

AT_THE_COUNTER = {
    "row", "key", "time", "basket", "basket_class", "goods_cost", "post_fee", "asked", "chatted", "wait",
}  # fmt: skip
HANDS = ("visit", "receipt", "door", "file")
UNSEEN = [name for name in VISIT.names or () if name not in AT_THE_COUNTER]
SHOP: dict[str, Any] = {"shoppers": 120, "days": 60, "population": {"shop_age_days": 120, "return_rate": 0.15}}


# -- permuting all that is latent changes no answer ---------------------------------------------------------------------


class Shuffled(World):
    """Whenever a policy is handed something, every latent column stands in another order, each by itself."""

    def shuffled(self, hand: Any, given: Any) -> Any:
        luck = np.random.default_rng(5)
        people = self.people.rows
        before, seen = people.copy(), None if given is None else given.copy()
        for name in LATENT:
            people[name] = people[name][luck.permutation(len(people))]
        if given is not None and given.dtype == VISIT:
            for name in UNSEEN:
                given[name] = given[name][luck.permutation(len(given))]
        handed = hand(given) if given is not None else hand()
        people[:] = before
        if given is not None:
            given[:] = seen
        return handed

    def greet(self, visits: Any) -> Any:
        return self.shuffled(super().greet, visits)

    def receipt(self, orders: Any) -> Any:
        return self.shuffled(super().receipt, orders)

    def file(self) -> Any:
        return self.shuffled(super().file, None)


def leaky(world: type[World]) -> type[World]:
    """The planted fault: a world that hands out satisfaction as spend, and price sensitivity in the customer file."""

    class Leaky(world):  # type: ignore[valid-type, misc]
        def greet(self, visits: Any) -> Any:
            felt = self.people.rows["satisfaction"][visits["row"]]
            return replace(world.greet(self, visits), spend=300.0 * np.exp(felt))

        def file(self) -> Any:
            felt = self.people.rows["price_coef"][self.customers.rows["orders"] > 0]
            return replace(world.file(self), spend_year=100.0 * felt)

    return Leaky


def leaking_shuffled(world: type[World]) -> type[World]:
    """The leak inside, the shuffle outside."""

    class Both(Shuffled):
        def greet(self, visits: Any) -> Any:
            return self.shuffled(lambda v: world.greet(self, v), visits)

        def file(self) -> Any:
            return self.shuffled(lambda: world.file(self), None)

    return type("Both", (Both, world), {})


def orders_in(world: type[World], policy: Any) -> Any:
    """All order rows of a run in a world of this kind."""
    return trade(small(**SHOP), policy, kind=world)[1]


@pytest.mark.parametrize("name", POLICIES)
def test_permuting_all_latent_columns_changes_no_offer(name: str) -> None:
    """Offers, settlements and reviews come from the customer file alone: not an order differs."""
    plain = orders_in(World, POLICIES[name])
    assert len(plain) > 100
    assert same_orders(orders_in(Shuffled, POLICIES[name]), plain, ())


@pytest.mark.parametrize("name", ["member_price", "rfm"])
def test_the_permutation_shows_a_leak(name: str) -> None:
    """A latent column handed out at the counter (member_price) or in the customer file (rfm) turns the test red."""
    open_world = leaky(World)
    handed = orders_in(open_world, POLICIES[name])
    assert not same_orders(orders_in(leaking_shuffled(open_world), POLICIES[name]), handed, ())


# -- walking all attributes -----------------------------------------------------------------------------------------------


class Spy:
    """A policy that looks around in all that it is handed, late in the run, when minds have a past."""

    def __init__(self, *hands: str) -> None:
        self.world: World | None = None
        self.found: dict[str, list[str]] = {what: [] for what in hands or HANDS}
        self.looked = dict.fromkeys(self.found, 0)

    def look(self, what: str, handed: Any) -> None:
        if self.world is not None and self.world.now > 40 and not self.looked.get(what, 1):
            self.looked[what] += 1
            self.found[what] += leaks(handed, self.world)

    def offer(self, visit: Any) -> Offer:
        if len(visit.orders) > 5:
            self.look("visit", visit)
        return Offer(discount=0.05)

    def settle(self, receipt: Any) -> Settlement:
        self.look("receipt", receipt)
        return Settlement(tier=1)

    def processes(self, shop: Any) -> Iterator[float]:
        while True:
            self.look("door", shop)
            self.look("file", shop.customers())
            yield 7


def spied(world: type[World], *hands: str) -> Spy:
    """What the spy finds in a world of this kind, looking at all or some of what it is handed."""
    spy = Spy(*hands)

    class Known(world):  # type: ignore[valid-type, misc]
        def hand_over(self, policy: Any) -> None:
            super().hand_over(policy)
            spy.world = self

    trade(small(**SHOP | {"shoppers": 300}), spy, kind=Known)
    assert all(spy.looked.values())
    return spy


def test_no_path_of_attributes_leads_to_anything_latent() -> None:
    """From a visit, a receipt, the door of `processes` and the customer file."""
    assert not any(spied(World).found.values())


class OpenDoor:
    """The planted fault: a door that closes over the world."""

    def __init__(self, world: World) -> None:
        self.day = 0.0
        self.customers = lambda: read_file(world.customers.rows)


def test_the_walk_finds_a_closure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A door whose method closes over the world is no door."""
    with monkeypatch.context() as patched:
        patched.setattr(module, "clerk", lambda world: world)
        patched.setattr(module, "ShopDoor", OpenDoor)
        found = spied(World, "door").found
    assert found["door"] == ["reaches Known"]


class CopyOut(World):
    """The planted fault: a latent column, copied, in a column of the visit."""

    def greet(self, visits: Any) -> Any:
        return replace(super().greet(visits), mean_gap=self.people.rows["satisfaction"][visits["row"]])


class ViewOut(World):
    """The planted fault: the customer file handed out as it stands, read-only though it looks."""

    def file(self) -> Any:
        column = self.customers.rows["mean_gap"][:]
        column.flags.writeable = False
        return replace(super().file(), mean_gap=column)


@pytest.mark.parametrize(
    ("world", "where", "leak"),
    [(CopyOut, "visit", "values of satisfaction"), (ViewOut, "file", "memory of customers")],
)
def test_the_walk_finds_a_column(world: type[World], where: str, leak: str) -> None:
    """A copied latent column is known by its values, a view by its memory."""
    assert leak in spied(world, where).found[where]


def test_columns_are_read_only_and_fresh() -> None:
    """Each column refuses writing, and no two hands share one."""
    handed: list[Any] = []

    class Keeper(NoPolicy):
        def offer(self, visit: Any) -> Offer:
            handed.append(visit)
            return Offer()

    trade(small(**SHOP | {"shoppers": 30, "days": 10}), Keeper())
    columns = [column for visit in handed for column in vars(visit).values()]
    assert len(columns) > 100 and not any(column.flags.writeable for column in columns)
    for one, other in pairwise(handed):
        pairs = zip(vars(one).values(), vars(other).values(), strict=True)
        assert not any(np.shares_memory(a, b) for a, b in pairs)
