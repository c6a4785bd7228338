"""First notice: members hear of shop-wide sales before anybody else does (source document 0, claim 0.11)."""

from collections.abc import Iterator
from math import isfinite
from typing import Annotated, Literal

from pydantic import Field

from sim.contract import CampaignView, Touch, policy_class


@policy_class
class FirstNotice:
    """A message some days before each sale of the shop's calendar (`events=`); without sales, silence."""

    ahead_days: Annotated[int, Field(ge=1, le=60)] = 3
    audience: Literal["members", "lapsed"] = (
        "members"  # lapsed: one-time buyers and the lapsed only (document 1, claim 1.8)
    )
    lapse_cycles: Annotated[float, Field(gt=0, le=20)] = 2.0  # audience=lapsed: own mean gaps of silence
    least_orders: Annotated[int, Field(ge=1)] = 2  # a member
    silent_days: Annotated[float, Field(gt=0)] = 365.0  # longer silences are left alone
    channel: str = "sms"
    holdout: Annotated[float, Field(ge=0, le=0.9)] = 0.1
    budget: Annotated[float, Field(ge=0)] | None = None  # yuan for messages

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """Waits for the day of each notice."""
        while isfinite(sale := shop.next_sale):
            if sale - shop.day > self.ahead_days:
                yield sale - shop.day - self.ahead_days
            known = shop.customers()
            silence = shop.day - known.last_order
            told = known.orders >= self.least_orders
            if self.audience == "lapsed":
                told = (known.orders == 1) | (silence > self.lapse_cycles * known.mean_gap)
            shop.send(Touch(known.customer[told & (silence <= self.silent_days)], "notice", self.channel))
            yield sale - shop.day
