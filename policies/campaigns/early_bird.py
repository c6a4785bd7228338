"""Early bird: buy early, pay less (source document 1, claim 1.7). Who would have bought anyway pays less too."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sim.contract import CampaignView, Touch, policy_class


@policy_class
class EarlyBird:
    """A coupon shortly before the next order is expected, by the customer's own mean gap."""

    cut: Annotated[float, Field(ge=0, le=0.9)] = 0.10  # share of price
    early: Annotated[float, Field(gt=0, lt=2)] = 0.7  # of the own mean gap after the last order
    classes: tuple[bool, bool, bool, bool] = (True, False, True, True)  # traffic, profit, marginal, potential
    days_valid: Annotated[float, Field(ge=1, le=365)] = 14.0
    least_orders: Annotated[int, Field(ge=1)] = 2
    channel: str = "email"
    review_days: Annotated[int, Field(ge=1, le=90)] = 7
    holdout: Annotated[float, Field(ge=0, le=0.9)] = 0.1
    budget: Annotated[float, Field(ge=0)] | None = None  # yuan for messages

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """At each look, all whose early date has come since the last."""
        while self.cut > 0:
            known = shop.customers()
            late = shop.day - known.last_order - self.early * known.mean_gap
            due = (known.orders >= self.least_orders) & (late > 0) & (late <= self.review_days)
            shop.send(
                Touch(
                    known.customer[due], "early bird", self.channel, "offer", coupon_share=self.cut,
                    classes=self.classes, days_valid=self.days_valid,
                )
            )  # fmt: skip
            yield float(self.review_days)
