"""First notice: members hear of shop-wide sales before anybody else does (source document 0, claim 0.11)."""

from collections.abc import Iterator
from math import isfinite
from typing import Annotated

from pydantic import Field

from sim.contract import CampaignView, Touch, policy_class


@policy_class
class FirstNotice:
    """A message some days before each sale of the shop's calendar (`events=`); without sales, silence."""

    ahead_days: Annotated[int, Field(ge=1, le=60)] = 3
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
            member = (known.orders >= self.least_orders) & (shop.day - known.last_order <= self.silent_days)
            shop.send(Touch(known.customer[member], "notice", self.channel))
            yield sale - shop.day
