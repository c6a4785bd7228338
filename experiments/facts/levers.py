"""Levers that only the scorecard needs: one concession for all by kind, and a newsletter at a steady pace."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sim.contract import CampaignView, Offer, Receipt, Settlement, Touch, Visit, policy_class

Share = Annotated[float, Field(ge=0, le=0.5)]


@policy_class
class Given:
    """A price cut and a gift for everybody, each a share of the basket's list value in cost to the shop."""

    cut: Share = 0.0
    gift: Share = 0.0

    def offer(self, visit: Visit) -> Offer:
        """The same for all."""
        return Offer(discount=self.cut, gift=self.gift * visit.basket)

    def settle(self, receipt: Receipt) -> Settlement:
        """No tiers."""
        return Settlement()


@policy_class
class Newsletter:
    """A message to everybody who ordered lately, so many times in 30 days; no coupon."""

    monthly: Annotated[float, Field(gt=0, le=30)] = 4.0  # messages in 30 days
    kind: Literal["information", "offer"] = "offer"
    channel: str = "email"
    silent_days: Annotated[float, Field(gt=0)] = 365.0  # longer silences are left alone
    until: Annotated[float, Field(gt=0)] = 36500.0  # day of the run after which none is sent
    holdout: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    budget: Annotated[float, Field(ge=0)] | None = None

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """At midnights, spread evenly; several fall on one day only above 30 a month, which is refused."""
        sent, step = 0, 30.0 / self.monthly
        begun = shop.day
        while shop.day < self.until:
            known = shop.customers()
            recent = shop.day - known.last_order <= self.silent_days
            shop.send(Touch(known.customer[recent], "news", self.channel, self.kind))
            sent += 1
            due = begun + sent * step
            yield float(max(round(due - shop.day), 1))
