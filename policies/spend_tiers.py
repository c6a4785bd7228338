"""Tiers by spend alone, the foil of `rfm` (claim 1.6)."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from sim.contract import Offer, Receipt, Settlement, Visit, policy_class

Share = Annotated[float, Field(ge=0, lt=0.9)]


@policy_class
class SpendTiers:
    """Tiers by what was spent in the last year, a discount on everything."""

    ZERO: ClassVar = {"tier_discount": (0.0, 0.0), "priority_from": 10}  # levers at which it is `none`
    BUDGET_LEVERS: ClassVar = ("tier_discount",)  # what a comparison at equal budgets scales
    tier_thresholds: tuple[Annotated[float, Field(ge=0)], ...] = (1000.0, 3000.0)  # yuan in a year, ascending
    tier_discount: tuple[Share, ...] = (0.02, 0.05)
    priority_from: Annotated[int, Field(ge=1, le=10)] = 10  # tier from which the priority line serves; 10 = none

    def __post_init__(self) -> None:
        if len(self.tier_thresholds) != len(self.tier_discount):
            raise ValueError("tier_discount must have as many steps as tier_thresholds")

    def offer(self, visit: Visit) -> Offer:
        """The discount of the customer's tier."""
        return Offer(discount=np.array([0.0, *self.tier_discount])[np.minimum(visit.tier, len(self.tier_discount))])

    def settle(self, receipt: Receipt) -> Settlement:
        """The tier after this order."""
        if not any(self.tier_discount) and self.priority_from > len(self.tier_thresholds):
            return Settlement()
        tier = np.searchsorted(self.tier_thresholds, receipt.spend_year, side="right")
        ahead = np.array([*self.tier_thresholds, np.inf])
        below = np.array([0.0, *self.tier_thresholds])
        return Settlement(
            tier=tier,
            priority=tier >= self.priority_from,
            to_next_tier=np.maximum(ahead[tier] - receipt.spend_year, 0.0),
            tier_span=ahead[tier] - below[tier],
        )
