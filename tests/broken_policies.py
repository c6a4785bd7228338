"""Policies that are wrong on purpose, one for each check of `policies.testing`, which must catch it."""

import sys
import time
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import numpy as np
import pandas  # noqa: F401  (a policy may not)
from pydantic import Field

from sim.contract import Membership, Offer, Receipt, Settlement, ShopView, Visit, policy_class

Share = Annotated[float, Field(ge=0, lt=0.9)]
seen: set[int] = set()


class Tierless:
    """No tiers."""

    def settle(self, receipt: Receipt) -> Settlement:
        return Settlement()


@policy_class
class Undocumented(Tierless):
    """A cut without a word on what it is."""

    x: Share = 0.05

    def offer(self, visit: Visit) -> Offer:
        return Offer(discount=self.x)


@policy_class
class Unbounded(Tierless):
    """A cut without a range."""

    cut: float = 0.05  # share of list price

    def offer(self, visit: Visit) -> Offer:
        return Offer(discount=self.cut)


@policy_class
class RanksTheBatch(Tierless):
    """The largest basket of the tick gets the cut."""

    cut: Share = 0.05  # share of list price

    def offer(self, visit: Visit) -> Offer:
        return Offer(discount=self.cut * (visit.basket == visit.basket.max()))


@policy_class
class SellsByTheBatch(Tierless):
    """The more stand at the counter, the dearer is a membership."""

    fee: Annotated[float, Field(ge=0, le=100)] = 1.0  # yuan for each of them

    def membership(self, visit: Visit) -> Membership:
        return Membership(self.fee * len(visit.orders), 0.05)

    def offer(self, visit: Visit) -> Offer:
        return Offer(discount=np.where(visit.joins | (visit.member_until > visit.time), 0.05, 0.0))


@policy_class
class SettlesByTheBatch:
    """The first of the tick's orders makes the tier."""

    tier: Annotated[int, Field(ge=0, le=9)] = 1  # of the lucky one

    def offer(self, visit: Visit) -> Offer:
        return Offer()

    def settle(self, receipt: Receipt) -> Settlement:
        return Settlement(tier=self.tier * (np.arange(len(receipt.orders)) == 0))


@policy_class
class Draws(Tierless):
    """Flips a coin of its own."""

    cut: Share = 0.05  # share of list price

    def offer(self, visit: Visit) -> Offer:
        return Offer(discount=self.cut * (np.random.default_rng().random(len(visit.orders)) < 0.5))


@policy_class
class LooksAtTheClock(Tierless):
    """Gives by the time on the wall."""

    def offer(self, visit: Visit) -> Offer:
        return Offer(discount=time.time_ns() % 1000 / 10_000)


@policy_class
class NotANumber(Tierless):
    """Divides by the orders, of which a prospect has none."""

    def offer(self, visit: Visit) -> Offer:
        return Offer(discount=np.minimum(0.0 / visit.orders, 0.1))


@policy_class
class TooMuch(Tierless):
    """Gives more than the price to the largest spenders, whom a small world may never see."""

    def offer(self, visit: Visit) -> Offer:
        return Offer(discount=visit.spend_year * 1e-6 * (visit.spend_year > 0))


@policy_class
class WrongShape(Tierless):
    """Answers for another number of customers."""

    def offer(self, visit: Visit) -> Offer:
        return Offer(gift=np.zeros(len(visit.orders) + 1))


@policy_class
class Peeps(Tierless):
    """Climbs the frames to what shoppers feel."""

    cut: Share = 0.05  # share of list price, for the unhappy

    def offer(self, visit: Visit) -> Offer:
        world = world_above()
        if world is None or len(world.people.rows) == 0:
            return Offer()
        rows = np.searchsorted(world.people.rows["key"], visit.customer, sorter=np.argsort(world.people.rows["key"]))
        felt = world.people.rows["satisfaction"][np.minimum(rows, len(world.people.rows) - 1)]
        return Offer(discount=self.cut * (felt < 0))


@policy_class
class Forges:
    """Writes points into the customer file behind the ledger's back."""

    def offer(self, visit: Visit) -> Offer:
        return Offer()

    def settle(self, receipt: Receipt) -> Settlement:
        world = world_above()
        if world is not None:
            world.customers.rows["points_available"] += 1
        return Settlement()


def world_above() -> Any:
    """The world that called, found by a walk over frames."""
    frame: Any = sys._getframe()
    while frame is not None:
        found = frame.f_locals.get("self")
        if hasattr(found, "people") and hasattr(found, "customers"):
            return found
        frame = frame.f_back
    return None


@policy_class
class NeverQuiet(Tierless):
    """Goes on sending free post at zero."""

    ZERO: ClassVar = {"cut": 0.0}
    cut: Share = 0.05  # share of list price

    def offer(self, visit: Visit) -> Offer:
        return Offer(discount=self.cut, free_post=True)


@policy_class
class CountsCustomers:
    """Reviews by rank: the first half of the customer file, in whatever order it stands, is promoted."""

    review_days: Annotated[int, Field(ge=1, le=365)] = 20  # days between reviews

    def offer(self, visit: Visit) -> Offer:
        return Offer(discount=0.05 * (visit.tier > 0))

    def settle(self, receipt: Receipt) -> Settlement:
        return Settlement()

    def processes(self, shop: ShopView) -> Iterator[float]:
        while True:
            n = len(shop.customers().orders)
            shop.assign(Settlement(tier=np.arange(n) < n // 2))
            yield float(self.review_days)


@policy_class
class Remembers(Tierless):
    """Keeps a list of whom it has reviewed in an attribute, which a policy made anew does not have."""

    cut: Share = 0.05  # share of list price, once it has seen a review

    def offer(self, visit: Visit) -> Offer:
        return Offer(discount=self.cut * np.isin(visit.customer, sorted(getattr(self, "reviewed", ()))))

    def processes(self, shop: ShopView) -> Iterator[float]:
        yield 30.0
        object.__setattr__(self, "reviewed", set(shop.customers().customer.tolist()))


BROKEN: dict[str, tuple[Any, str]] = {  # check -> policy that it must catch, and words of the message
    "documented levers": (Undocumented, "x: nothing says what it is; put a comment"),
    "documented levers, range": (Unbounded, "cut: has no range; declare one"),
    "imports": (Undocumented, "imports pandas; a policy may import sim.contract"),
    "bounds": (NotANumber, "Offer.discount is nan"),
    "bounds, extremes": (TooMuch, "allowed: a share of list price, 0 to 0.95"),
    "bounds, shape": (WrongShape, "Offer.gift has shape"),
    "determinism": (Draws, "the same question, another answer"),
    "determinism, clock": (LooksAtTheClock, "no draws, clock or memory"),
    "batch independence": (RanksTheBatch, "offer: discount is"),
    "batch independence, settle": (SettlesByTheBatch, "settle: tier is"),
    "batch independence, membership": (SellsByTheBatch, "membership fee is"),
    "latent columns": (Peeps, "read only the columns of Visit"),
    "ledgers": (Forges, "never writes to the world"),
    "zero levers": (NeverQuiet, "give nothing at zero"),
    "oracle": (CountsCustomers, "let no answer depend on the order or number of customers"),
    "resumable": (Remembers, "keep no memory in the policy"),
}
