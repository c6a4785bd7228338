"""Levers that only studies need: a price cut for a while, and one on chosen classes of goods."""

from typing import Annotated

import numpy as np
from pydantic import Field

from policies.product_matrix import ProductMatrix
from sim.contract import Offer, Receipt, Settlement, Visit, policy_class

Days = Annotated[float, Field(gt=0)]


@policy_class
class Phase:
    """A price cut in the first days of every period, for all or for those who never bought."""

    cut: Annotated[float, Field(ge=0, lt=0.9)] = 0.05  # share of list price
    every_days: Days = 1.0  # a period
    lasts_days: Days = 1.0  # of each period, from its beginning
    newcomers_only: bool = False

    def offer(self, visit: Visit) -> Offer:
        """The cut, while it lasts."""
        on = np.mod(visit.time, self.every_days) < self.lasts_days
        if self.newcomers_only:
            on &= visit.orders == 0
        return Offer(discount=np.where(on, self.cut, 0.0))

    def settle(self, receipt: Receipt) -> Settlement:
        """No tiers."""
        return Settlement()


@policy_class
class OnClasses(ProductMatrix):
    """The cuts of `product_matrix` on other classes of goods."""

    classes: tuple[bool, bool, bool, bool] = (False, True, False, False)  # traffic, profit, marginal, potential

    def offer(self, visit: Visit) -> Offer:
        """The cut, on these classes."""
        return Offer(discount=self.share(visit)[:, None] * np.array(self.classes))
