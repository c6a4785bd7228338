"""Promotions by product class: traffic and marginal goods carry them, profit goods never (claim 1.8)."""

from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from sim.contract import Offer, Receipt, Settlement, Visit, policy_class

Share = Annotated[float, Field(ge=0, lt=0.9)]


@policy_class
class ProductMatrix:
    """A cut on traffic and marginal goods, larger for customers who lapsed or bought once, as the customer file has it.

    Telling the lapsed first is a campaign's work; here the larger cut waits for them at the counter.
    """

    BUDGET_LEVERS: ClassVar = ("cut", "lapsed_cut", "one_time_cut")  # what a comparison at equal budgets scales
    ZERO: ClassVar = {"cut": 0.0, "lapsed_cut": 0.0, "one_time_cut": 0.0}  # levers at which it is `none`
    cut: Share = 0.03  # for customers who come regularly, share of list price
    lapsed_cut: Share = 0.10  # for customers silent beyond `lapse_cycles`
    one_time_cut: Share = 0.08  # for customers with one order
    lapse_cycles: Annotated[float, Field(gt=0, le=100)] = 2.0  # of their own mean gap (document 1)
    potential: bool = False  # whether potential goods are promoted too
    newcomers: bool = False  # whether first orders get the cut of regular customers

    def share(self, visit: Visit) -> Any:
        """The largest cut that a customer is due, shape (n,)."""
        known = (visit.orders > 0) | self.newcomers
        lapsed = visit.time - visit.last_order > self.lapse_cycles * visit.mean_gap  # false before the first order
        cut = np.where(known, self.cut, 0.0)
        cut = np.where(visit.orders == 1, np.maximum(cut, self.one_time_cut), cut)
        return np.where(lapsed, np.maximum(cut, self.lapsed_cut), cut)

    def offer(self, visit: Visit) -> Offer:
        """The cut, on the classes that are promoted."""
        promoted = np.array([True, False, True, self.potential])  # traffic, profit, marginal, potential
        return Offer(discount=self.share(visit)[:, None] * promoted)

    def settle(self, receipt: Receipt) -> Settlement:
        """No tiers."""
        return Settlement()
