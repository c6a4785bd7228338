"""A paid tier: members pay a yearly fee for a price cut, free post and the priority line."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from sim.contract import Offer, Receipt, Settlement, Visit, policy_class

Share = Annotated[float, Field(ge=0, lt=0.9)]


@policy_class
class PaidTier:
    """Customers are members as long as the cut on a year's spend is worth more than the fee.

    The fee has no account of its own: it is withheld from the cut, spread over the year's spend. So it is never paid
    by someone who then saves less, never in advance, and not at all by joining for free post alone. What a paid tier
    earns from members who hardly use it, and the wish to get one's money's worth, are left out.
    """

    BUDGET_LEVERS: ClassVar = ("cut",)  # what a comparison at equal budgets scales
    ZERO: ClassVar = {"cut": 0.0}  # levers at which it is `none`
    fee: Annotated[float, Field(ge=0, le=100_000)] = 60.0  # yuan a year
    cut: Share = 0.08  # members' price cut before the fee is withheld, share of list price
    free_post: bool = True  # members pay no postage
    priority: bool = True  # members are served in the priority line

    def offer(self, visit: Visit) -> Offer:
        """The cut less the fee's share of it, and free post, for members."""
        member = (visit.tier > 0) & (self.cut > 0)
        withheld = self.fee / np.maximum(visit.spend_year, 0.01)
        return Offer(
            discount=np.where(member, np.maximum(self.cut - withheld, 0.0), 0.0), free_post=member & self.free_post
        )

    def settle(self, receipt: Receipt) -> Settlement:
        """Who is a member after this order."""
        if self.cut == 0:
            return Settlement()
        member = self.cut * receipt.spend_year > self.fee
        return Settlement(tier=member, priority=member & self.priority)
