"""The usual ladder: a price cut that grows with what a customer has spent so far (source document 0, claim 0.2)."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from sim.contract import Offer, Receipt, Settlement, Visit, policy_class

Share = Annotated[float, Field(ge=0, lt=0.9)]
Yuan = Annotated[float, Field(ge=0)]


@policy_class
class MemberPrice:
    """Member price by lifetime spend."""

    ZERO: ClassVar = {"cut": (0.0, 0.0)}  # levers at which it is `none`
    BUDGET_LEVERS: ClassVar = ("cut",)  # what a comparison at equal budgets scales
    spend: tuple[Yuan, ...] = (1000.0, 3000.0)  # yuan, ascending
    cut: tuple[Share, ...] = (0.02, 0.05)  # share of list price, one per step

    def __post_init__(self) -> None:
        if len(self.spend) != len(self.cut) or list(self.spend) != sorted(self.spend):
            raise ValueError("spend must ascend and have as many steps as cut")

    def step(self, spend: np.ndarray) -> np.ndarray:
        """Step of the ladder reached with `spend` yuan, shape (n,)."""
        return np.searchsorted(self.spend, spend, side="right")

    def offer(self, visit: Visit) -> Offer:
        """The member's price cut."""
        return Offer(discount=np.array([0.0, *self.cut])[self.step(visit.spend)])

    def settle(self, receipt: Receipt) -> Settlement:
        """The step is the tier, as far as it is worth anything."""
        if not any(self.cut):
            return Settlement()
        step = self.step(receipt.spend)
        ahead = np.array([*self.spend, np.inf])
        below = np.array([0.0, *self.spend])
        return Settlement(
            tier=step, to_next_tier=np.maximum(ahead[step] - receipt.spend, 0.0), tier_span=ahead[step] - below[step]
        )
