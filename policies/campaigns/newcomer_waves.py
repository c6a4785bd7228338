"""Newcomers: thanks at once, then a coupon a month to those not back, in waves (source document 3, claims 3.4 to 3.7)."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sim.contract import CampaignView, Touch, policy_class

Share = Annotated[float, Field(ge=0, le=0.9)]


@policy_class
class NewcomerWaves:
    """Customers whose first order came in the run: thanked once, then reminded as long as they have not come back."""

    waves: tuple[Share, ...] = (0.05, 0.08, 0.10, 0.10, 0.10)  # coupon of each wave, share of price; 0 = a reminder
    pause_days: Annotated[float, Field(ge=7, le=365)] = 30.0  # between waves
    first_spend: Annotated[float, Field(ge=0)] = 100.0  # yuan: smaller first orders are left alone
    first_in_sale: bool = False  # only those whose first order fell into a shop-wide sale, such as 11.11 (`events=`)
    minimum: Annotated[float, Field(ge=0)] = 100.0  # list value that a basket needs for the coupon, yuan
    days_valid: Annotated[float, Field(ge=1, le=365)] = 15.0
    thanks: bool = True
    channel: str = "sms"
    review_days: Annotated[int, Field(ge=1, le=90)] = 7  # between looks at the customer file
    holdout: Share = 0.1  # share left untouched
    budget: Annotated[float, Field(ge=0)] | None = None  # yuan for messages; null = all that is asked for

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """At each look, whoever has come into the next wave since the last."""
        while True:
            known = shop.customers()
            age = shop.day - known.first_order
            once = (known.orders == 1) & (known.first_order >= 0) & (known.spend >= self.first_spend)
            if self.first_in_sale:
                once &= shop.in_sale(known.first_order)
            if self.thanks:
                shop.send(Touch(known.customer[once & (age <= self.review_days)], "thanks", "email"))
            for number, share in enumerate(self.waves, 1):
                due = number * self.pause_days
                now = once & (age > due) & (age <= due + self.review_days)
                kind = "offer" if share else "information"
                shop.send(
                    Touch(
                        known.customer[now], f"wave {number}", self.channel, kind, coupon_share=share,
                        minimum=self.minimum, days_valid=self.days_valid,
                    )
                )  # fmt: skip
            yield float(self.review_days)
