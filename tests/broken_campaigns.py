"""Campaigns that are wrong on purpose, one for each check of `policies.testing`, which must catch it."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import numpy as np
import pandas  # noqa: F401  (a campaign may not)
from pydantic import Field

from sim.contract import CampaignView, Touch, policy_class
from tests.broken_policies import world_above

Share = Annotated[float, Field(ge=0, le=0.9)]
written_to: set[int] = set()


@policy_class
class Weekly:
    """A coupon every week to those whom `chosen` names."""

    share: Share = 0.3  # of the price

    def chosen(self, shop: CampaignView) -> Any:
        return shop.customers().customer

    def processes(self, shop: CampaignView) -> Iterator[float]:
        while True:
            shop.send(Touch(self.chosen(shop), "weekly", "sms", "offer", coupon_share=self.share))
            yield 7


@policy_class
class Undocumented(Weekly):
    """A lever without a word on what it is."""

    x: Share = 0.05


@policy_class
class Unbounded(Weekly):
    """A lever without a range."""

    days: float = 7.0  # between messages


@policy_class
class TooMuch:
    """A coupon of twice the price."""

    def processes(self, shop: CampaignView) -> Iterator[float]:
        shop.send(Touch(shop.customers().customer, "gift", "email", "offer", coupon_share=2.0))
        yield 7


@policy_class
class NeedsSomebody(Weekly):
    """Looks at the largest spender, whom an empty file does not have."""

    def chosen(self, shop: CampaignView) -> Any:
        known = shop.customers()
        return known.customer[known.spend == known.spend.max()]


@policy_class
class Draws(Weekly):
    """Flips a coin of its own."""

    def chosen(self, shop: CampaignView) -> Any:
        known = shop.customers()
        return known.customer[np.random.default_rng().random(len(known.orders)) < 0.5]


@policy_class
class FirstRows(Weekly):
    """Whoever stands at the head of the file."""

    def chosen(self, shop: CampaignView) -> Any:
        return shop.customers().customer[:10]


@policy_class
class Peeps(Weekly):
    """Climbs the frames to what shoppers feel."""

    def chosen(self, shop: CampaignView) -> Any:
        world, known = world_above(), shop.customers()
        if world is None:
            return known.customer
        people = world.people.rows
        return known.customer[np.isin(known.customer, people["key"][people["satisfaction"] < 0])]


@policy_class
class Forges(Weekly):
    """Writes points into the customer file behind the ledger's back."""

    def chosen(self, shop: CampaignView) -> Any:
        world = world_above()
        if world is not None:
            world.customers.rows["points_available"] += 1
        return shop.customers().customer


@policy_class
class OffTheBooks(Weekly):
    """Rubs out what its messages cost."""

    def chosen(self, shop: CampaignView) -> Any:
        world = world_above()
        if world is not None:
            world.post.booked += 100
        return shop.customers().customer


@policy_class
class NeverQuiet(Weekly):
    """Goes on sending at zero."""

    ZERO: ClassVar = {"share": 0.1}


@policy_class
class Remembers(Weekly):
    """Writes once to each customer, and keeps the list in its module, where the next run finds it."""

    def chosen(self, shop: CampaignView) -> Any:
        fresh = [number for number in shop.customers().customer.tolist() if number not in written_to]
        written_to.update(fresh)
        return np.array(fresh, np.int64)


BROKEN: dict[str, tuple[Any, str]] = {  # check -> campaign that it must catch, and words of the message
    "documented levers": (Undocumented, "x: nothing says what it is; put a comment"),
    "documented levers, range": (Unbounded, "days: has no range; declare one"),
    "imports": (Undocumented, "imports pandas; a policy may import sim.contract"),
    "bounds": (TooMuch, "Touch.coupon_share is 2"),
    "bounds, empty file": (NeedsSomebody, "zero-size array"),
    "determinism": (Draws, "the same customer file, other messages: 'weekly'"),
    "batch independence": (FirstRows, "break ties of a ranking by customer number"),
    "latent columns": (Peeps, "read only the columns of Audience"),
    "ledgers": (Forges, "acts through shop.send only"),
    "ledgers, messages": (OffTheBooks, "the cost of messages in the books"),
    "zero levers": (NeverQuiet, "declare in ZERO the levers at which nothing is sent"),
    "oracle": (FirstRows, "never by its place"),
    "resumable": (Remembers, "keep what lasts within processes"),
}
