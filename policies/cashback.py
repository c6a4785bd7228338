"""Cash back: a share of what the last order cost comes off the next (compare `points`, where it buys a gift)."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from sim.contract import Offer, Receipt, Settlement, Visit, policy_class

Share = Annotated[float, Field(ge=0, lt=0.9)]


@policy_class
class Cashback:
    """A discount in yuan, worth a share of the goods of the last order, capped, for a while.

    It is money: customers book it wholly as a lower price. A parcel sent back forfeits what is open.
    """

    BUDGET_LEVERS: ClassVar = ("share",)  # what a comparison at equal budgets scales
    ZERO: ClassVar = {"share": 0.0}  # levers at which it is `none`
    share: Share = 0.05  # of what the goods of the last order cost
    cap: Annotated[float, Field(ge=0, le=1_000_000)] = 30.0  # yuan, at most
    basket_share: Share = 0.3  # of the basket's list value, at most
    valid_days: Annotated[float, Field(ge=0, le=3650)] = 60.0  # after the last order
    since: Annotated[float, Field(ge=-36500, le=36500)] = 0.0  # day of the run from which orders count

    def offer(self, visit: Visit) -> Offer:
        """What is open, as a discount on all classes."""
        valid = (visit.last_order >= self.since) & (visit.time - visit.last_order <= self.valid_days)
        cash = np.where(valid, np.minimum(self.share * visit.last_paid, self.cap), 0.0)
        return Offer(discount=np.minimum(cash / np.maximum(visit.basket, 0.01), self.basket_share))

    def settle(self, receipt: Receipt) -> Settlement:
        """No tiers."""
        return Settlement()
